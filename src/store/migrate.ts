import { readdir, readFile } from 'node:fs/promises'
import { type Db, type Queryable, StoreError } from './db.ts'

interface Migration {
  readonly version: number
  readonly name: string
  readonly sql: string
}

const migrations = new URL('./migrations/', import.meta.url)

/** Any number of our own: one migrates, others that start meanwhile wait. */
const LOCK = 7_352_110_001

/** Applies what is missing of `folder` (NNNN_name.sql), each file in its own transaction. Refuses a newer schema. */
export async function migrate(db: Db, folder = migrations): Promise<void> {
  const known = await readMigrations(folder)
  await db.tx(prepare)
  for (const migration of known) await db.tx((tx) => apply(tx, migration, known.length))
}

/**
 * How far the schema of a store is, without a change to it. `older`: the next start of the bot brings it up to date.
 * Throws StoreError where a newer version wrote it.
 */
export async function schemaAge(db: Db, folder = migrations): Promise<'current' | 'older'> {
  const newest = (await readMigrations(folder)).length
  const current = await versionOf(db)
  refuseNewer(current, newest)
  return current < newest ? 'older' : 'current'
}

async function versionOf(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ version: number }>(
    'SELECT coalesce(max(version), 0) AS version FROM debvisor.migrations',
  )
  return rows[0]?.version ?? 0
}

function refuseNewer(current: number, newest: number): void {
  if (current <= newest) return
  throw new StoreError(
    `The store has schema ${current}, and this DebVisor knows up to ${newest}: start the version that wrote it, or a newer one.`,
  )
}

async function readMigrations(folder: URL): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name, index) => {
      const version = Number(name.slice(0, 4))
      if (version !== index + 1) throw new Error(`migration ${name} does not follow number ${index}`)
      return { version, name, sql: await readFile(new URL(name, folder), 'utf8') }
    }),
  )
}

/**
 * A migration takes the time that its rows take, and other replicas wait for it. One that froze is still ended: its
 * session is idle.
 */
const takeTurn = (tx: Queryable) =>
  tx.query(
    `SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock(${LOCK})`,
  )

async function prepare(tx: Queryable): Promise<void> {
  await takeTurn(tx)
  const { rows } = await tx.query(`SELECT to_regclass('debvisor.migrations') AS there`)
  if (rows[0]?.there) return
  await tx.query(`
    CREATE SCHEMA IF NOT EXISTS debvisor;
    CREATE TABLE debvisor.migrations (
      version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz(3) NOT NULL DEFAULT now()
    )`)
}

async function apply(tx: Queryable, migration: Migration, newest: number): Promise<void> {
  await takeTurn(tx)
  const current = await versionOf(tx)
  refuseNewer(current, newest)
  if (current >= migration.version) return
  await tx.query(migration.sql)
  await tx.query('INSERT INTO debvisor.migrations (version, name) VALUES ($1, $2)', [
    migration.version,
    migration.name,
  ])
}
