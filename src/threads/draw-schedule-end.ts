import { scheduleEndMessage } from '../slack/messages/watch/schedule-answers.ts'
import { getSchedule } from '../watches/schedule-store.ts'
import { withPostLock } from './post-lock.ts'
import { SlackFailed } from './slack-failed.ts'
import type { ThreadWriter } from './thread-drawer.ts'
import { writeMessage } from './write-message.ts'

const KEY = 'schedule-ended'

/** The one message that a schedule ended by itself, in its channel. Throws when Slack cannot be reached. */
export async function drawScheduleEnd(
  writer: ThreadWriter,
  scheduleId: string,
  { lookForCopies = false }: { readonly lookForCopies?: boolean } = {},
): Promise<void> {
  const { store, log } = writer
  const schedule = await getSchedule(store, scheduleId)
  const message = schedule && scheduleEndMessage(schedule)
  if (!schedule || !message) return
  const { id: runId, channel, createdAt: since } = schedule
  const redraw = { kind: 'schedule-ended', scheduleId, lookForCopies: true } as const
  await withPostLock(store, { runId, key: KEY, channel, redraw, lookForCopies }, async (lock) => {
    const inDoubt = lock.lostBefore || lookForCopies
    const about = { runId, key: KEY, since, to: { channel } }
    const target = { ...about, row: lock.row, inDoubt, lookForCopies, lock }
    const written = await writeMessage(writer, target, message)
    if (written.ok) return
    if (written.reason !== 'not-in-channel') throw new SlackFailed(written)
    log.warn(
      { schedule: schedule.number, channel },
      'the bot is not in the channel of a schedule that has ended',
    )
  })
}
