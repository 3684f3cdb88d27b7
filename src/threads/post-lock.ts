import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Db } from '../store/db.ts'
import { type Begun, beginMessage, type Message, releaseHold, renewHold } from '../store/posted-messages.ts'

const LOOK_EVERY_MS = 200
const RENEW_EVERY_MS = 3_000
/** Longer, and the job may as well come again later. */
const PATIENCE_MS = 30_000

type Place = Pick<Message, 'runId' | 'key' | 'channel'>

/** `work` gets whether somebody tried before; it says whether the message is there now, and notes it itself. */
export type Work<T> = (
  begun: Extract<Begun, 'first' | 'again'>,
) => Promise<{ readonly there: boolean; readonly value: T }>

export type Held<T> =
  | { readonly posted: Message }
  | { readonly value: T }
  /** Another process holds it still. */
  | { readonly busy: true }

/**
 * Of all processes on the store, one posts a message; the others wait for it and find it posted, or take over. A hold that is not renewed was held by
 * a process that died.
 */
export async function hold<T>(db: Db, place: Place, work: Work<T>): Promise<Held<T>> {
  const by = randomUUID()
  const until = performance.now() + PATIENCE_MS
  for (;;) {
    const { message, begun } = await beginMessage(db, place, by)
    if (begun === 'posted') return { posted: message }
    if (begun !== 'held') return { value: await holding(db, place, by, () => work(begun)) }
    if (performance.now() > until) return { busy: true }
    await delay(LOOK_EVERY_MS)
  }
}

async function holding<T>(
  db: Db,
  { runId, key }: Place,
  by: string,
  work: () => Promise<{ readonly there: boolean; readonly value: T }>,
): Promise<T> {
  // One renewal that fails is made up for by the next.
  const renewing = setInterval(
    () => void renewHold(db, runId, key, by).catch(() => undefined),
    RENEW_EVERY_MS,
  )
  let there = false
  try {
    const done = await work()
    there = done.there
    return done.value
  } finally {
    clearInterval(renewing)
    if (!there) await releaseHold(db, runId, key, by)
  }
}
