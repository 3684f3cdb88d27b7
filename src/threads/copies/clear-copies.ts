import { movedMessage } from '../../slack/messages/moved-message.ts'
import type { ThreadDestination } from '../../slack/transport/files.ts'
import type { Copy } from '../../slack/transport/find-message.ts'
import type { Failure } from '../../slack/transport/slack-failure.ts'
import { messageOf } from '../../store/posted-messages.ts'
import type { Target } from '../post-lock.ts'
import { SlackFailed } from '../slack-failed.ts'
import type { ThreadWriter } from '../thread-drawer.ts'
import { keepPosted } from './keep-posted.ts'

/**
 * Of a message that may stand there more than once, one stays: the stored one, or else the one that somebody answered, or
 * the oldest. Resolves with its ts; null: there is none. The ts in the store never changes again, so whoever finds its own
 * message beside it knows which of the two has to go, whenever it finds out.
 */
export async function clearCopies(writer: ThreadWriter, target: Target): Promise<string | null> {
  const { runId, key, since, to, lock } = target
  const row = await messageOf(writer.store, runId, key)
  if (!row) return null
  lock.assertHeld()
  const looked = await writer.slack.delivery.copies(to, { run: runId, key, since })
  if (!looked.ok) return asStored(looked, row.ts)
  const { copies } = looked
  const kept = row.ts ?? adoptable(copies)?.ts
  if (kept === undefined) return null
  if (!row.ts) await keepPosted(writer, target, { ts: kept })
  // Somebody deleted the one that is stored, or it stands elsewhere: then it is not known what the others are.
  if (!copies.some(({ ts }) => ts === kept)) return kept
  for (const copy of copies) if (copy.ts !== kept) await takeAway(writer, target, copy, kept)
  return kept
}

/** As `clearCopies`, of a file. Resolves with the id of the one that stays. */
export async function clearFileCopies(
  writer: ThreadWriter,
  target: Target & { readonly to: ThreadDestination },
  filename: string,
): Promise<string | null> {
  const { store, slack, log } = writer
  const { runId, key, since, to, lock } = target
  const row = await messageOf(store, runId, key)
  if (!row) return null
  lock.assertHeld()
  const looked = await slack.delivery.fileCopies(to, { filename, since })
  if (!looked.ok) return asStored(looked, row.fileId)
  const kept = row.fileId ?? looked.fileIds[0]
  if (kept === undefined) return null
  if (!row.fileId) await keepPosted(writer, target, { fileId: kept })
  if (!looked.fileIds.includes(kept)) return kept
  for (const fileId of looked.fileIds) {
    if (fileId === kept) continue
    lock.assertHeld()
    const removed = await slack.delivery.removeFile(fileId, lock.isHeld)
    const about = { runId, key, fileId }
    if (removed.ok) {
      log.warn(about, 'a file was uploaded twice; the copy was taken away')
      continue
    }
    lock.assertHeld()
    mustBeRefusal(removed)
    log.warn(
      { ...about, detail: removed.detail },
      'a file was uploaded twice; Slack refused to delete the copy',
    )
  }
  return kept
}

const adoptable = (copies: readonly Copy[]): Copy | undefined => {
  const oldest = copies.toSorted((one, other) => Number(one.ts) - Number(other.ts))
  return oldest.find(({ isAnswered }) => isAnswered) ?? oldest[0]
}

/** A place that cannot be looked at, or is gone, is left as it is. */
function asStored(looked: Failure, stored: string | null): string | null {
  mustBeRefusal(looked)
  return stored
}

/**
 * A message that somebody has answered stays as the head of their thread, and says where the real one is: Slack would
 * leave "This message was deleted" above what they wrote. So does one that Slack does not let us delete.
 */
async function takeAway(
  { slack, log }: ThreadWriter,
  { runId, key, to: { channel }, lock }: Target,
  { ts, isAnswered }: Copy,
  kept: string,
): Promise<void> {
  const about = { runId, key, channel, ts, kept }
  if (!isAnswered) {
    lock.assertHeld()
    const removed = await slack.delivery.remove(channel, ts, lock.isHeld)
    if (removed.ok) return log.warn(about, 'a message was posted twice; the copy was taken away')
    lock.assertHeld()
    mustBeRefusal(removed)
    log.warn({ ...about, detail: removed.detail }, 'Slack refused to delete the copy of a message')
  }
  const moved = movedMessage(await slack.delivery.permalink(channel, kept))
  lock.assertHeld()
  const pointed = await slack.delivery.retire(channel, ts, moved, lock.isHeld)
  if (pointed.ok) return log.warn(about, 'a message was posted twice; the copy says where the other one is')
  lock.assertHeld()
  mustBeRefusal(pointed)
  log.warn({ ...about, detail: pointed.detail }, 'a message was posted twice; Slack keeps the copy as it is')
}

/** What may work later is tried again, with the job. */
function mustBeRefusal(failed: Failure): void {
  if (failed.reason === 'unavailable' || failed.reason === 'rate-limited') throw new SlackFailed(failed)
}
