import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Db } from '../store/db.ts'
import {
  LOCKED_MS,
  lockMessage,
  type PostedMessage,
  releaseLock,
  renewLock,
} from '../store/posted-messages.ts'
import { SlackFailed } from './slack-failed.ts'

/** The first pause between two looks at the lock; each is twice as long as the one before, up to the longest. */
const FIRST_PAUSE_MS = 10
const LONGEST_PAUSE_MS = 200
const RENEW_EVERY_MS = 3_000
/** Longer, and the job may as well come again later. */
const LONGEST_WAIT_MS = 30_000

export interface PostLock {
  /** The message as it was when the lock was taken. Undefined: nobody has tried to post it. */
  readonly row: PostedMessage | undefined
  /** The lock was lost the last time, so that Slack may show something else than what is stored. */
  readonly lostBefore: boolean
  /** To be called right before anything is sent. Throws when the lock has run out: somebody else may have it. */
  assertHeld(): void
}

/**
 * Runs `work` as the only one, of all processes on the store, who has this message's row. What `work` reads is no older
 * than what any earlier holder sent, so the newest state stays in Slack. The lock of a process that died runs out. One
 * that froze and lost its lock meanwhile may have sent what is out of date: its `work` runs again.
 */
export async function withPostLock<T>(
  db: Db,
  id: Pick<PostedMessage, 'runId' | 'key' | 'channel'>,
  work: (lock: PostLock) => Promise<T>,
): Promise<T> {
  for (let lostBefore = false; ; lostBefore = true) {
    const lock = await waitForLock(db, id)
    const result = await work({ ...lock, lostBefore }).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    )
    const lost = !(await lock.release()) || ('error' in result && result.error instanceof LockLost)
    if (lost) continue
    if ('error' in result) throw result.error
    return result.value
  }
}

type HeldLock = Omit<PostLock, 'lostBefore'> & { release(): Promise<boolean> }

async function waitForLock(db: Db, id: Pick<PostedMessage, 'runId' | 'key' | 'channel'>): Promise<HeldLock> {
  const by = randomUUID()
  const until = performance.now() + LONGEST_WAIT_MS
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    const asked = performance.now()
    const taken = await lockMessage(db, id, by)
    if (taken) {
      const row = taken.begun === 'first' ? undefined : taken.message
      return { row, ...keepRenewing(db, id, by, asked) }
    }
    if (performance.now() > until)
      throw new SlackFailed({ ok: false, reason: 'unavailable', detail: 'somebody else is still drawing it' })
    await delay(pause)
  }
}

/** A process that was frozen finds by its own clock that the lock has run out, before it sends anything. */
function keepRenewing(
  db: Db,
  { runId, key }: Pick<PostedMessage, 'runId' | 'key'>,
  by: string,
  takenAt: number,
): Pick<HeldLock, 'assertHeld' | 'release'> {
  let heldUntil = takenAt + LOCKED_MS
  async function renew(): Promise<void> {
    const asked = performance.now()
    heldUntil = (await renewLock(db, runId, key, by)) ? asked + LOCKED_MS : 0
  }
  // One renewal that fails is made up for by the next.
  const renewing = setInterval(() => void renew().catch(() => undefined), RENEW_EVERY_MS)
  return {
    assertHeld() {
      if (performance.now() >= heldUntil) throw new LockLost()
    },
    release() {
      clearInterval(renewing)
      return releaseLock(db, runId, key, by)
    },
  }
}

class LockLost extends Error {
  override readonly name = 'LockLost'
}
