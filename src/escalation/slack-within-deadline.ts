import type { BundleDeps } from '../runs/load-bundle.ts'
import type { HistoryDeps } from './history.ts'

type Looking = Pick<BundleDeps & HistoryDeps, 'delivery' | 'displayName'>

/** In all, whatever is asked: Slack itself is given minutes where a message has to be posted. */
const PATIENCE_MS = 3_000

/**
 * The same, but what a page or a mail asks Slack for (a link, a name, what was answered) is left out where Slack does not say it soon: a Slack that is
 * down holds up no pager (R23). Counted from now, for one entry.
 */
export function impatient<T extends Looking>(deps: T, ms = PATIENCE_MS): T {
  const until = performance.now() + ms
  const soon = async <V>(asked: Promise<V>, otherwise: V): Promise<V> => {
    const timer: { stop?: () => void } = {}
    const late = new Promise<V>((give) => {
      const timeout = setTimeout(() => give(otherwise), Math.max(0, until - performance.now()))
      timer.stop = () => clearTimeout(timeout)
    })
    return Promise.race([asked, late]).finally(() => timer.stop?.())
  }
  const { delivery, displayName } = deps
  return {
    ...deps,
    displayName: (user) => soon(displayName(user), user),
    delivery: {
      ...delivery,
      permalink: (channel, ts) => soon(delivery.permalink(channel, ts), undefined),
      replies: (channel, ts, most) => soon(delivery.replies(channel, ts, most), undefined),
    },
  }
}
