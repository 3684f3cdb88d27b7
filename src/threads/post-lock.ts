import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Destination } from '../slack/transport/destination.ts'
import type { Db, Queryable } from '../store/db.ts'
import {
  type Fence,
  LOCKED_MS,
  lockMessage,
  type PostedMessage,
  releaseLock,
  renewLock,
  type Taken,
} from '../store/posted-messages.ts'
import type { Job } from '../store/queue.ts'
import type { Store } from '../store/store.ts'
import { SlackFailed } from './slack-failed.ts'

/** The first pause between two looks at the lock; each is twice as long as the one before, up to the longest. */
const FIRST_PAUSE_MS = 10
const LONGEST_PAUSE_MS = 200
const RENEW_EVERY_MS = 3_000
/** Longer, and the job may as well come again later. */
const LONGEST_WAIT_MS = 30_000
/** When a thread is looked at for what a process posted that stood still and died as soon as it woke. */
const LOOKED_AT_MS = 3 * LOCKED_MS

export interface PostLock {
  /** The message as it was when the lock was taken. Undefined: nobody has tried to post it. */
  readonly row: PostedMessage | undefined
  /** The lock was lost the last time, so that Slack may show something else than what is stored. */
  readonly lostBefore: boolean
  /** For what is stored while the lock is held. */
  readonly fence: Fence
  /** To be called right before anything is sent. Throws when the lock has run out: somebody else may have it. */
  assertHeld(): void
  /** The same, for whoever sends it after a wait of its own. */
  isHeld(): boolean
  /**
   * To be called before something is sent that would stand there a second time, or in place of something newer, should
   * the lock be lost meanwhile. Then `tidy` runs under the next lock. The function that comes back says that there is
   * nothing to tidy.
   */
  ifLost(tidy: Tidy): () => void
}

type Tidy = (lock: PostLock) => Promise<unknown>

/** One message or file of a run, for whoever has the post lock. */
export interface Target {
  readonly runId: string
  readonly key: string
  /** When the run was asked for: nothing of it was posted before. */
  readonly since: Date
  readonly to: Destination
  /** As it is stored. Undefined: nobody tried to post it before, so posting cannot repeat anything. */
  readonly row: PostedMessage | undefined
  /** Slack may show something else than the stored hash says. */
  readonly inDoubt: boolean
  /** It may stand there more than once. */
  readonly lookForCopies?: boolean
  readonly lock: PostLock
}

/**
 * Whose lock is taken. `redraw`: the job that draws everything anew which is written under it. `lookForCopies`: this is
 * such a job, which its queue tries again by itself.
 */
export type LockedMessage = Pick<PostedMessage, 'runId' | 'key' | 'channel'> & {
  readonly redraw: Job
  readonly lookForCopies?: boolean
}

/** For what is written of a run, direct messages about it among that. */
export const redrawOf = (runId: string): Job => ({ kind: 'redraw', runId, lookForCopies: true })

/**
 * Runs `work` as the only one, of all processes on the store, who has this message's row. What `work` reads is no older
 * than what any earlier holder sent, so the newest state stays in Slack. The lock of a process that died runs out. One
 * that froze and lost its lock meanwhile may have sent what is out of date, or posted what another had posted: it takes
 * its own away, and its `work` runs again. Should it die before that, a job looks for what stands there twice.
 */
export async function withPostLock<T>(
  store: Store,
  id: LockedMessage,
  work: (lock: PostLock) => Promise<T>,
): Promise<T> {
  const untidied = new Set<Tidy>()
  const ifLost = (tidy: Tidy) => {
    untidied.add(tidy)
    return () => void untidied.delete(tidy)
  }
  for (let lostBefore = false; ; lostBefore = true) {
    const lock = await (untidied.size > 0 ? lockToTidy(store, id) : waitForLock(store, id))
    const held = { ...lock, lostBefore, ifLost }
    const result = await tidyAndWork().then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    )
    // A database that does not say counts as no: what was sent under the lock may have come too late.
    const isGivenBack = await lock.release().catch(() => untidied.size === 0)
    if (!isGivenBack || ('error' in result && result.error instanceof LockLost)) continue
    if ('error' in result) throw result.error
    return result.value

    async function tidyAndWork(): Promise<T> {
      for (const tidy of [...untidied]) {
        await tidy(held)
        untidied.delete(tidy)
      }
      return work(held)
    }
  }
}

/** For whoever lost the lock with something on its way: nobody else knows what to tidy, so a database that is away is waited for. */
async function lockToTidy(store: Store, id: LockedMessage): Promise<HeldLock> {
  for (const until = performance.now() + LONGEST_WAIT_MS; ; ) {
    try {
      // In the queue before anything else, so that it is done even if this process dies as well.
      await store.tx((tx) => lookLater(tx, store, id))
      return await waitForLock(store, id)
    } catch (error) {
      if (performance.now() > until) throw error
      await delay(LONGEST_PAUSE_MS, undefined, { ref: false })
    }
  }
}

async function lookLater(
  tx: Queryable,
  { queue }: Store,
  { redraw, lookForCopies }: LockedMessage,
): Promise<void> {
  if (!lookForCopies) await queue.send(tx, redraw, { afterMs: LOOKED_AT_MS, oneWaits: true })
}

type HeldLock = Omit<PostLock, 'lostBefore' | 'ifLost'> & { release(): Promise<boolean> }

async function waitForLock(store: Store, id: LockedMessage): Promise<HeldLock> {
  const by = randomUUID()
  const until = performance.now() + LONGEST_WAIT_MS
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    const asked = performance.now()
    const taken = (await lockMessage(store, id, by, { ifFree: true })) ?? (await takeOver(store, id, by))
    if (taken) {
      const row = taken.begun === 'first' ? undefined : taken.message
      return { row, fence: { key: id.key, by }, ...keepRenewing(store, id, by, asked) }
    }
    if (performance.now() > until)
      throw new SlackFailed({ ok: false, reason: 'unavailable', detail: 'somebody else is still drawing it' })
    await delay(pause)
  }
}

/** From whoever never gave it back. They may stand still and yet send something, so it is looked for later. */
const takeOver = (store: Store, id: LockedMessage, by: string): Promise<Taken | null> =>
  store.tx(async (tx) => {
    const taken = await lockMessage(tx, id, by)
    if (taken?.wasAbandoned) await lookLater(tx, store, id)
    return taken
  })

/** A process that was frozen finds by its own clock that the lock has run out, before it sends anything. */
function keepRenewing(
  db: Db,
  { runId, key }: Pick<PostedMessage, 'runId' | 'key'>,
  by: string,
  takenAt: number,
): Pick<HeldLock, 'assertHeld' | 'isHeld' | 'release'> {
  let heldUntil = takenAt + LOCKED_MS
  async function renew(): Promise<void> {
    const asked = performance.now()
    heldUntil = (await renewLock(db, runId, key, by)) ? asked + LOCKED_MS : 0
  }
  // One renewal that fails is made up for by the next.
  const renewing = setInterval(() => void renew().catch(() => undefined), RENEW_EVERY_MS)
  // What was once found lost stays so, though a renewal that was on its way may still succeed.
  let wasFoundLost = false
  function isHeld(): boolean {
    wasFoundLost ||= performance.now() >= heldUntil
    return !wasFoundLost
  }
  return {
    isHeld,
    assertHeld() {
      if (!isHeld()) throw new LockLost()
    },
    release() {
      clearInterval(renewing)
      return releaseLock(db, runId, key, by)
    },
  }
}

/** Ends what was begun under a lock that somebody else has by now. */
export class LockLost extends Error {
  override readonly name = 'LockLost'
}
