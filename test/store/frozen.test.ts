import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { appendAudit, verifyAudit } from '../../src/store/audit/audit.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'
import { entry } from './frozen-entry.ts'

describe.runIf(storeKinds.includes('postgres')).concurrent('a replica that freezes in a transaction', () => {
  let store: TestStore
  let child: ChildProcess | undefined
  beforeAll(async () => {
    store = await openTestStore('postgres')
  })
  afterAll(async () => {
    child?.kill('SIGKILL')
    await store?.stop()
  })

  it('stops no other for good, and finds its own transaction undone', async () => {
    const file = fileURLToPath(new URL('./frozen-child.ts', import.meta.url))
    const frozen = spawn(process.execPath, ['--import', 'tsx', file, JSON.stringify(store.config)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    child = frozen
    const lines = createInterface(frozen.stdout)
    expect(await once(lines, 'line')).toEqual(['holds'])
    frozen.kill('SIGSTOP')

    const began = performance.now()
    await store.db.tx((tx) => appendAudit(tx, entry('another one')))
    expect(performance.now() - began).toBeLessThan(15_000)

    const said: string[] = []
    lines.on('line', (line) => said.push(line))
    frozen.kill('SIGCONT')
    frozen.stdin.write('go on\n')
    await once(frozen, 'exit')
    expect(said).toEqual(['failed 25P03', 'wrote'])
    const { rows } = await store.db.query<{ asked: string }>(
      `SELECT entry::json ->> 'asked' AS asked FROM debvisor.audit ORDER BY position`,
    )
    expect(rows.map(({ asked }) => asked)).toEqual(['another one', 'the frozen one, later'])
    expect(await verifyAudit(store.db)).toMatchObject({ ok: true })
  }, 60_000)
})

describe.runIf(storeKinds.includes('postgres')).concurrent('the time limits of a session', () => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore('postgres', { ownServer: true })
  })
  afterAll(() => store?.stop())

  const limitsOf = async (url: string): Promise<unknown> => {
    const db = await openPostgres(url)
    const { rows } = await db.query(
      `SELECT current_setting('idle_in_transaction_session_timeout') AS idle, current_setting('lock_timeout') AS lock,
              current_setting('statement_timeout') AS statement`,
    )
    await db.close()
    return rows[0]
  }

  it('are set on every connection, whatever the role has', async () => {
    const url = store.config.databaseUrl ?? ''
    await store.db.query(`ALTER ROLE debvisor SET idle_in_transaction_session_timeout = '1h'`)
    expect(await limitsOf(url)).toEqual({ idle: '10s', lock: '15s', statement: '30s' })
  })

  it.each(['?options=-c%20lock_timeout%3D77s', '?lock_timeout=77000'])(
    'yield to what DATABASE_URL says itself (%s)',
    async (more) => {
      const limits = await limitsOf(`${store.config.databaseUrl}${more}`)
      expect(limits).toEqual({ idle: '10s', lock: '77s', statement: '30s' })
    },
  )

  it('cut a wait for a lock that nobody gives back, and the next statement has a connection', async () => {
    const holder = new pg.Client({ connectionString: store.config.databaseUrl })
    await holder.connect()
    await holder.query('BEGIN; LOCK TABLE debvisor.audit_head')
    const waiting = store.db.tx((tx) => appendAudit(tx, entry('too long')))
    await expect(waiting).rejects.toMatchObject({ code: '55P03' })
    await holder.end()
    await store.db.tx((tx) => appendAudit(tx, entry('afterwards')))
  })
})
