import { startDeadline } from '../async/deadline.ts'
import type { Workspace } from '../slack/workspace/workspace.ts'

type SlackQuestions = Pick<Workspace, 'delivery' | 'displayName'>

/** For all questions together: Slack itself is given minutes where a message has to be posted. */
const DEADLINE_MS = 3_000

/**
 * The same workspace, which leaves out what Slack does not say soon: a link, a name, an answer. A Slack that is down
 * holds up no page and no mail (R23). The time counts from now, so it is called once for each notice.
 */
export function withSlackDeadline(
  { delivery, displayName }: SlackQuestions,
  ms = DEADLINE_MS,
): SlackQuestions {
  const inTime = withinTime(ms)
  return {
    displayName: (user) => inTime(displayName(user), user),
    delivery: {
      ...delivery,
      permalink: (channel, ts) => inTime(delivery.permalink(channel, ts), undefined),
      replies: (channel, ts, most) => inTime(delivery.replies(channel, ts, most), undefined),
    },
  }
}

/** The answer to a question, or `otherwise` where it has not come by then: so many milliseconds from now. */
export function withinTime(ms: number): <V>(asked: Promise<V>, otherwise: V) => Promise<V> {
  const until = performance.now() + ms
  return (asked, otherwise) => orElse(asked, otherwise, until - performance.now())
}

function orElse<V>(asked: Promise<V>, otherwise: V, ms: number): Promise<V> {
  const deadline = startDeadline(Math.max(0, ms))
  return Promise.race([asked, deadline.reached.then(() => otherwise)]).finally(deadline.clear)
}
