import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Queryable } from '../store/db.ts'
import type { Store } from '../store/store.ts'
import { noteGone } from './day-totals.ts'
import { type KindOfRows, kindsOfRows, takeRows } from './kinds-of-rows.ts'
import { type Cursor, type KindOfRuns, kindsOfRuns, outputsBeyondSize, takeRuns } from './kinds-of-runs.ts'
import { type Amount, type KindName, nothing, plus, type RetentionSettings } from './settings.ts'
import { storedBytes, tableBytes, totalOf } from './stored-bytes.ts'
import { endTurn, keepTurn, TurnLost, takeTurn } from './turn.ts'

export interface Remover {
  readonly store: Pick<Store, 'tx' | 'query' | 'kind'>
  /** Read at each batch: what is reloaded meanwhile counts. */
  readonly settings: () => RetentionSettings
  readonly log: Pick<Logger, 'info' | 'warn' | 'debug'>
  /** Ends the pass between two batches. */
  readonly signal?: AbortSignal | undefined
}

export type Gone = ReadonlyMap<KindName, Amount>

/**
 * What is too old goes, a short transaction after the other, if it is this replica's turn. Null: it is not, or not any
 * more. What was not reached goes the next time.
 */
export async function removeOld(
  remover: Remover,
  turn: { readonly isAsked?: boolean } = {},
): Promise<Gone | null> {
  const { store, log } = remover
  const by = randomUUID()
  if (!(await takeTurn(store, by, turn))) return null
  let isThrough = false
  try {
    const { gone, failed } = await pass(remover, by)
    isThrough = !failed && !remover.signal?.aborted
    return gone
  } catch (error) {
    if (!(error instanceof TurnLost)) throw error
    log.warn({}, 'another replica has taken over the retention')
    return null
  } finally {
    await endTurn(store, by, isThrough).catch(() => undefined)
  }
}

interface Passed {
  readonly gone: Gone
  readonly failed: boolean
}

/** Fleets and alerts before the runs that they name, and outputs before the verdicts that they led to. */
const order = [
  kindsOfRuns.outputs,
  kindsOfRows.fleets,
  kindsOfRows.schedules,
  kindsOfRows.snapshots,
  kindsOfRows.alerts,
  kindsOfRows.alertSummaries,
  kindsOfRuns.looks,
  kindsOfRuns.runs,
  kindsOfRows.deliveries,
] as const

async function pass(remover: Remover, by: string): Promise<Passed> {
  const { store, log } = remover
  const gone = new Map<KindName, Amount>()
  let failed = false
  /** Where one kind fails, because somebody is at its rows for instance, the others go all the same. */
  const attempt = async (kind: KindOfRuns | KindOfRows, most?: number) => {
    try {
      gone.set(kind.name, await remove(remover, by, kind, most))
    } catch (error) {
      if (error instanceof TurnLost) throw error
      failed = true
      log.warn({ err: error, kind: kind.name }, 'what was too old stays till the next time')
    }
  }
  for (const kind of order) await attempt(kind)
  const beyond = await bytesBeyond(remover, by)
  if (beyond > 0) await attempt(outputsBeyondSize, beyond)
  if (beyond > (gone.get(outputsBeyondSize.name)?.bytes ?? 0))
    log.warn({ bytes: beyond }, 'the store stays over retention.size: what is left is in use, or no outputs')
  if (store.kind === 'embedded' && [...gone.values()].some(({ count }) => count > 0))
    await reuseRoom(store, remover.signal)
  return { gone, failed }
}

function remove(remover: Remover, by: string, kind: KindOfRuns | KindOfRows, most?: number): Promise<Amount> {
  const about = { by, name: kind.name, ...(most === undefined ? {} : { most }) }
  return 'table' in kind
    ? inBatches(remover, about, async (tx) => ({
        ...(await takeRows(tx, kind, remover.settings())),
        after: null,
      }))
    : inBatches(remover, about, (tx, after) => takeRuns(tx, kind, remover.settings(), after))
}

/** Measuring takes minutes of a large store, so it keeps the turn, and ends where the bot does. */
async function bytesBeyond({ store, settings, signal }: Remover, by: string): Promise<number> {
  const { size } = settings()
  if (size === null || signal?.aborted || (await tableBytes(store)) <= size) return 0
  const stored = await storedBytes(store, async () => {
    await keepTurn(store, by)
    return !signal?.aborted
  })
  return stored ? totalOf(stored) - size : 0
}

const vacuumed = ['probes', 'runs', 'messages', 'snapshots', 'deliveries', 'alerts'] as const

/** PostgreSQL does that by itself; the embedded store has nobody who would, and would grow for ever. A table at a time: others wait meanwhile. */
async function reuseRoom(db: Queryable, signal: AbortSignal | undefined): Promise<void> {
  for (const table of vacuumed) if (!signal?.aborted) await db.query(`VACUUM debvisor.${table}`)
}

interface Batches {
  readonly by: string
  readonly name: KindName
  /** Bytes; when so many have gone, it is enough. */
  readonly most?: number
}

type Step = (
  tx: Queryable,
  after: Cursor | null,
) => Promise<Amount & { readonly goesOn: boolean; readonly after: Cursor | null }>

/** A batch gives way to whoever waits: it takes no lock for long, and the next one waits as long as it took. */
const LIMITS = `SET LOCAL lock_timeout = '500ms'; SET LOCAL statement_timeout = '10s'`
const LEAST_PAUSE_MS = 20

async function inBatches({ store, log, signal }: Remover, { by, name, most }: Batches, step: Step) {
  let gone: Amount = nothing
  const began = performance.now()
  for (let after: Cursor | null = null; !signal?.aborted; ) {
    const start = performance.now()
    const batch = await store.tx(async (tx) => {
      await tx.query(LIMITS)
      await keepTurn(tx, by)
      const taken = await step(tx, after)
      await noteGone(tx, name, taken)
      return taken
    })
    gone = plus(gone, batch)
    const ms = Math.round(performance.now() - start)
    if (batch.count > 0)
      log.debug({ kind: name, count: batch.count, bytes: batch.bytes, ms }, 'a batch is gone')
    after = batch.after
    if (!batch.goesOn || gone.bytes >= (most ?? Number.POSITIVE_INFINITY)) break
    await delay(Math.max(LEAST_PAUSE_MS, ms), undefined, signal ? { signal } : {}).catch(() => undefined)
  }
  const ms = Math.round(performance.now() - began)
  if (gone.count > 0) log.info({ kind: name, ...gone, ms }, 'what was too old is gone')
  return gone
}
