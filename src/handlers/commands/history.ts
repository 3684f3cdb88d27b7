import { withSlackDeadline } from '../../escalation/slack-within-deadline.ts'
import type { Run } from '../../runs/run.ts'
import type { Message } from '../../slack/message.ts'
import { noticeMessage } from '../../slack/messages/command-answers.ts'
import { historyMessage } from '../../slack/messages/history/history-message.ts'
import { readHistoryView } from '../../threads/views/history-view.ts'
import type { Capabilities } from '../capabilities.ts'
import { runOf } from '../find-run.ts'
import type { SlackRequest } from '../guard.ts'

type HistoryCapabilities = Pick<Capabilities, 'store' | 'slack' | 'runbooks'>

/** As many as are read on a telephone. */
const SHOWN = 8
/** Slack waits 3 s for the answer. */
const LINKS_MS = 1_000

interface Asked {
  readonly host: string
  /** Undefined: of all topics. */
  readonly topic?: string | undefined
  /** The run whose trouble is asked about. */
  readonly run?: Run
}

/** `/debvisor history HOST [TOPIC]`. */
export async function historyCommand(
  bot: HistoryCapabilities,
  request: SlackRequest,
  { host, topic, run }: Asked,
): Promise<Message> {
  const scope = run ? { host, topic: run.topic } : topic === undefined ? { host } : { host, topic }
  const permit = await request.permit('read', scope)
  if (!permit.allowed) return noticeMessage(permit.reason)
  const { store, runbooks } = bot
  const slack = withSlackDeadline(bot.slack, LINKS_MS)
  const mayRead = (each: string): boolean => request.may('read', { host, topic: each }).allowed
  const view = await readHistoryView(
    { store, slack },
    {
      ...{ team: request.team, host, topic, limit: SHOWN, trouble: run },
      // Left out by the query, so that what the reader may not see takes no place in the list.
      hidden: [...runbooks.topics.keys()].filter((each) => !mayRead(each)),
      mayRead,
    },
  )
  return historyMessage(view)
}

const GONE = 'This run is gone, or not of this workspace.'

/** *History* in a run's thread: of its host, and of the trouble that it found. */
export async function historyButton(bot: HistoryCapabilities, request: SlackRequest): Promise<Message> {
  const run = await runOf(bot.store, request)
  if (run) return historyCommand(bot, request, { host: run.host, run })
  await request.refuse('read', {}, GONE)
  return noticeMessage(GONE)
}
