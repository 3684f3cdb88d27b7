import { scheduleEndMessage } from '../slack/messages/watch/schedule-answers.ts'
import { getSchedule } from '../watches/schedule-store.ts'
import { withPostLock } from './post-lock.ts'
import { SlackFailed } from './slack-failed.ts'
import { type ThreadWriter, writeMessage } from './write-message.ts'

const KEY = 'schedule-ended'

/** The one message that a schedule ended by itself, in its channel. Throws when Slack cannot be reached. */
export async function drawScheduleEnd(writer: ThreadWriter, scheduleId: string): Promise<void> {
  const { store, log } = writer
  const schedule = await getSchedule(store, scheduleId)
  const message = schedule && scheduleEndMessage(schedule)
  if (!schedule || !message) return
  const { id: runId, channel, createdAt: since } = schedule
  await withPostLock(store, { runId, key: KEY, channel }, async (lock) => {
    const target = { runId, key: KEY, since, to: { channel }, row: lock.row, inDoubt: lock.lostBefore, lock }
    const written = await writeMessage(writer, target, message)
    if (written.ok) return
    if (written.reason !== 'not-in-channel') throw new SlackFailed(written)
    log.warn(
      { schedule: schedule.number, channel },
      'the bot is not in the channel of a schedule that has ended',
    )
  })
}
