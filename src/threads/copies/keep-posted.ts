import { keepMessage, messageOf, type PostedMessage } from '../../store/posted-messages.ts'
import { LockLost, type Target } from '../post-lock.ts'
import type { ThreadWriter } from '../thread-drawer.ts'

/** Whatever is drawn next is sent, though it be what was stored last: Slack may show something older. */
export async function forgetShown(writer: Pick<ThreadWriter, 'store'>, target: Target): Promise<void> {
  const row = await messageOf(writer.store, target.runId, target.key)
  if (row) await keepPosted(writer, target, { ts: row.ts, fileId: row.fileId })
}

/** Stores what Slack has now. Throws where the lock is lost: what another one stored by then stays. */
export async function keepPosted(
  { store }: Pick<ThreadWriter, 'store'>,
  { runId, key, to, lock }: Target,
  shown: Partial<Pick<PostedMessage, 'ts' | 'fileId' | 'hash'>>,
): Promise<void> {
  const message = { runId, key, channel: to.channel, ts: null, fileId: null, hash: null, ...shown }
  if (!(await keepMessage(store, message, lock.fence))) throw new LockLost()
}
