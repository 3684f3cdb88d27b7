import pg from 'pg'
import { startPostgres } from '../postgres.ts'

/** Says where the workers of a test run find the server that setup.ts started. */
const SHARED = 'DEBVISOR_TEST_POSTGRES_URL'

/** A database that is the test's alone. */
export interface Database {
  readonly url: string
  stop(): Promise<void>
}

/** One for all tests: a server of its own costs a test more than a second of the processor, a database a tenth of that. */
export async function startSharedServer(): Promise<() => Promise<void>> {
  // A session's process starts faster with fewer buffers, and no table here lives long enough to be vacuumed.
  const settings = ['max_connections=300', 'shared_buffers=32MB', 'autovacuum=off']
  const server = await startPostgres({ settings })
  if (!server) return async () => {}
  await query(databaseOf(server.url, 'template1'), `CREATE DATABASE ${ADMIN}`)
  process.env[SHARED] = server.url
  return server.stop
}

/**
 * As startPostgres, on the server that the tests share. Where there is none (a program that no test runner began), on one of its own. A test
 * that restarts the server, or changes what all databases have (roles, settings), starts its own.
 */
export async function openDatabase({ empty = false } = {}): Promise<Database | undefined> {
  const server = process.env[SHARED]
  if (!server) return startPostgres({ empty })
  const name = `test_${process.pid}_${++opened}`
  const template = empty ? 'template1' : new URL(server).pathname.slice(1)
  const admin = databaseOf(server, ADMIN)
  // Without fsync, files are copied faster than their pages are written to the log of transactions, which is the default.
  await query(admin, `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`)
  return {
    url: databaseOf(server, name),
    stop: () => query(admin, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  }
}

/** Whoever copies a database may not be the only one, and nobody may be connected to it. */
const ADMIN = 'admin'

let opened = 0

export function databaseOf(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
