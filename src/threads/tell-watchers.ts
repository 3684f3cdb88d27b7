import { noteTold } from '../runs/requests/watchers.ts'
import type { Message } from '../slack/message.ts'
import { privateCopy } from '../slack/messages/run/private-copy.ts'
import type { Failure } from '../slack/transport/slack-failure.ts'
import type { ThreadWriter } from './thread-drawer.ts'
import type { Thread } from './views/read-thread.ts'

/**
 * Tells the verdict to those who joined a run in a channel that the bot is not in, where nobody can be called: each reads
 * it alone, as whoever asked does. Whoever has the post lock calls it; a crash before the note has it said twice rather
 * than not at all. Resolves with why somebody was not reached, so that the job comes again; what Slack refuses never
 * arrives, so that counts as told.
 */
export async function tellWatchers(
  { store, slack, log }: ThreadWriter,
  { run, watchers }: Pick<Thread, 'run' | 'watchers'>,
  main: Message,
): Promise<Failure | undefined> {
  if (!run.endedAt) return undefined
  let unreached: Failure | undefined
  for (const { user, told, responseUrl } of watchers) {
    if (!responseUrl || told || user === run.cancelledBy) continue
    const answered = await slack.delivery.respond(responseUrl, privateCopy(run, main))
    if (!answered.ok)
      log.warn({ run: run.code, detail: answered.detail }, 'Slack took no answer for a watcher')
    if (answered.ok || !mayWorkLater(answered)) await noteTold(store, run.id, user)
    else unreached = answered
  }
  return unreached
}

const mayWorkLater = ({ reason }: Failure): boolean => reason === 'unavailable' || reason === 'rate-limited'
