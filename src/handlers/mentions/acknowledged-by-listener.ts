import type { Logger } from 'pino'
import type { Acknowledge } from './take-message.ts'

interface Told {
  readonly type?: unknown
  readonly event?: { readonly type?: unknown; readonly channel_type?: unknown } | null
}

/**
 * A message to the bot: a mention, or one that was written to it directly. Bolt acknowledges an event before anybody has
 * looked at it, so it is lost with a process that dies then; these are acknowledged by their listener.
 */
export function isMessageToBot(body: object): boolean {
  const { type, event } = body as Told
  if (type !== 'event_callback') return false
  return event?.type === 'app_mention' || (event?.type === 'message' && event.channel_type === 'im')
}

/** Slack's acknowledgement, as the app kept it for the listener. */
export const acknowledgementIn = ({ log }: { readonly log: Logger }, context: object): Acknowledge => {
  const { acknowledge } = context as { acknowledge?: Acknowledge }
  return async () => {
    // Over HTTP nobody may be waiting for it any more. Slack sends it again, and finds it finished.
    await acknowledge?.().catch((error: unknown) =>
      log.warn({ err: error }, 'a message was acknowledged too late'),
    )
  }
}
