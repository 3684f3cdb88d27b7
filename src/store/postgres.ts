import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { type Db, type Queryable, type Rows, StoreError } from './db.ts'
import { poolLimits } from './session-limits.ts'
import { transactions } from './transaction.ts'

export interface PostgresOptions {
  /** Hears of connections that broke while nobody used them; the pool replaces them by itself. */
  readonly onError?: ((error: Error) => void) | undefined
  /** How long a statement waits for a PostgreSQL that is starting again. */
  readonly patienceMs?: number
  /** Waits for the answer to a statement as long as it takes: migrations. */
  readonly endless?: boolean
}

/** Opens a pool, and makes its first connection: a wrong URL is told here. */
export async function openPostgres(url: string, options: PostgresOptions = {}): Promise<Db> {
  const { onError = () => {}, patienceMs = 10_000 } = options
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'debvisor',
    ...poolLimits,
    ...(options.endless && { query_timeout: 0 }),
    types: { getTypeParser },
  })
  pool.on('error', onError)
  const { refuseInside, run } = transactions()
  const withSession = <T>(work: (session: Queryable) => Promise<T>) => borrow(pool, patienceMs, work)
  try {
    await withSession((session) => session.query('SELECT 1'))
  } catch (error) {
    await pool.end()
    throw new StoreError(
      `PostgreSQL at DATABASE_URL does not answer: ${reason(error)}; check the URL and the server.`,
    )
  }
  return {
    kind: 'postgres',
    async query<R>(sql: string, params?: readonly unknown[]) {
      refuseInside()
      return withSession((session) => session.query<R>(sql, params))
    },
    async tx(work) {
      refuseInside()
      return withSession((session) => run(session, work))
    },
    close: () => pool.end(),
  }
}

/** One pooled connection for `work`. After any error it is thrown away: who knows what state it was left in. */
async function borrow<T>(
  pool: pg.Pool,
  patienceMs: number,
  work: (session: Queryable) => Promise<T>,
): Promise<T> {
  const client = await connect(pool, patienceMs)
  // The pool listens only to idle clients. A session that the server ended says why here; the next statement only hears
  // that it is gone.
  let ended: Error | undefined
  const note = (error: Error) => {
    ended ??= error
  }
  client.on('error', note)
  let failed = true
  try {
    const result = await work(sessionOf(client))
    failed = false
    return result
  } catch (error) {
    throw ended ?? error
  } finally {
    client.off('error', note)
    client.release(failed)
  }
}

function sessionOf(client: pg.PoolClient): Queryable {
  let unanswered: Error | undefined
  return {
    async query<R>(sql: string, params?: readonly unknown[]): Promise<Rows<R>> {
      // A ROLLBACK would wait as long again.
      if (unanswered) throw unanswered
      const answer: pg.QueryResult | pg.QueryResult[] = await client
        .query(sql, params && [...params])
        .catch((error: Error) => {
          if (error.message === 'Query read timeout') unanswered = error
          throw error
        })
      const results = Array.isArray(answer) ? answer : [answer]
      return {
        rows: results.flatMap((result) => result.rows),
        rowCount: results.reduce((sum, result) => sum + (result.rowCount ?? 0), 0),
      }
    },
  }
}

/** Nothing was sent yet, so waiting for a server that restarts is safe for any statement. */
async function connect(pool: pg.Pool, patienceMs: number): Promise<pg.PoolClient> {
  const deadline = performance.now() + patienceMs
  for (let pause = 50; ; pause = Math.min(pause * 2, 1_000)) {
    try {
      return await pool.connect()
    } catch (error) {
      if (!isRestarting(error) || performance.now() + pause > deadline) throw error
      await delay(pause)
    }
  }
}

/** Refused or gone sockets, and PostgreSQL's own admin_shutdown, crash_shutdown and cannot_connect_now. */
const restarting = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', '57P01', '57P02', '57P03'])

function isRestarting(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isRestarting)
  if (!(error instanceof Error)) return false
  return restarting.has((error as NodeJS.ErrnoException).code ?? '') || error.message.includes('terminated')
}

function reason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reason).join(', ')
  return error instanceof Error ? error.message : String(error)
}

const { builtins } = pg.types
const asText = (text: string) => text
const parsers = new Map<number, (text: string) => unknown>([
  [builtins.INT8, Number],
  [builtins.DATE, asText],
  [builtins.TIMESTAMP, asText],
  [builtins.INTERVAL, asText],
])

/** Of this pool only: pg-boss keeps its own. */
function getTypeParser(oid: number, format?: 'text' | 'binary') {
  return (format !== 'binary' && parsers.get(oid)) || pg.types.getTypeParser(oid, format)
}
