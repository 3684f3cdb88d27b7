import { noteTold } from '../runs/requests/watchers.ts'
import { verdictElsewhere } from '../slack/messages/command-answers.ts'
import type { Thread } from './views/read-thread.ts'
import type { ThreadWriter } from './write-message.ts'

/**
 * Tells the verdict to those who joined the run and are not called in its thread: they asked in another channel, or the
 * run has no thread because the bot is not in its channel. They read it where they asked, alone. `main`: ts of the
 * run's message. Whoever has the post lock calls it; a crash before the note has it said twice rather than not at all.
 */
export async function tellWatchers(
  { store, slack, log }: ThreadWriter,
  { run, watchers }: Thread,
  main: string | null,
): Promise<void> {
  if (!run.endedAt) return
  const left = watchers.filter(
    ({ user, channel, told, responseUrl }) =>
      responseUrl && !told && user !== run.cancelledBy && (!main || channel !== run.channel),
  )
  if (left.length === 0) return
  const url = main ? await slack.delivery.permalink(run.channel, main) : undefined
  for (const { user, responseUrl } of left) {
    if (!responseUrl) continue
    const answered = await slack.delivery.respond(responseUrl, verdictElsewhere(run, url))
    if (!answered.ok)
      log.warn({ run: run.code, detail: answered.detail }, 'Slack took no answer for a watcher')
    await noteTold(store, run.id, user)
  }
}
