import { type Fields, isFields, list, object, string } from '../blocks/shape.ts'
import { type Answer, refusal } from './api.ts'

/** docs.slack.dev/reference/methods/assistant.threads.setSuggestedPrompts: up to four. */
const PROMPTS = list(object({ title: string(300), message: string(3000) }), 1, 4)

export interface Status {
  readonly channel: string
  readonly thread: string
  readonly status: string
}

/** What Slack's panel for agents shows beside its messages. */
export interface Panel {
  setStatus(args: Fields): Answer
  suggest(args: Fields): Answer
  /** In the order in which they were set. */
  statuses(): readonly Status[]
  /** By their direct messages. */
  prompts(channel: string): readonly Fields[]
}

export function openPanel(): Panel {
  const statuses: Status[] = []
  const prompts = new Map<string, readonly Fields[]>()
  return {
    setStatus({ channel_id: channel, thread_ts: thread, status }) {
      if (typeof channel !== 'string' || typeof thread !== 'string' || typeof status !== 'string')
        return refusal('invalid_arguments')
      statuses.push({ channel, thread, status })
      return { ok: true }
    },
    suggest({ channel_id: channel, thread_ts: thread, prompts: given }) {
      const problems = PROMPTS(given, '/prompts')
      if (typeof channel !== 'string' || problems.length > 0)
        return refusal('invalid_arguments', { response_metadata: { messages: problems } })
      // With one, Slack answers ok and shows nothing to an app with agent_view.
      if (thread === undefined && Array.isArray(given)) prompts.set(channel, given.filter(isFields))
      return { ok: true }
    },
    statuses: () => statuses,
    prompts: (channel) => prompts.get(channel) ?? [],
  }
}
