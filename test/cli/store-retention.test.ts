import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCli } from '../../src/cli/program.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'
import { storeThreads, type WantedRun } from '../retention/stored-world.ts'
import { fakeTerminal } from './fake-terminal.ts'

const [kind = 'embedded'] = storeKinds
const folder = mkdtempSync(join(tmpdir(), 'debvisor-retention-'))
const config = join(folder, 'debvisor.yml')
let store: TestStore

const run: WantedRun = {
  ...{ state: 'cancelled', topic: 'db', host: 'host1', age: 60, isQuiet: false, hanging: null },
}

const cli = async (...args: readonly string[]) => {
  const { term, out, err } = fakeTerminal()
  const env = store.config.databaseUrl ? { DATABASE_URL: store.config.databaseUrl } : {}
  const status = await runCli(term, env, ['store', 'retention', ...args, '--config', config])
  return { status, out: out.join('\n'), err: err.join('\n') }
}

beforeAll(async () => {
  store = await openTestStore(kind)
  writeFileSync(config, `version: 1\nretention: { outputs: 20d, runs: 90d, looks: 20d, size: 500MB }\n`)
  await storeThreads(store.db, [
    ...[60, 70, 500].map((age) => ({ root: { ...run, age }, below: [] })),
    { root: { ...run, age: 500, hanging: 'ticket' }, below: [{ ...run, age: 400 }] },
    { root: { ...run, age: 1, state: 'done' }, below: [] },
  ])
  await store.db.query(`INSERT INTO debvisor.deliveries VALUES ('a', now() - interval '3 days')`)
})
afterAll(async () => {
  await store?.stop()
  rmSync(folder, { recursive: true, force: true })
})

it.runIf(kind === 'postgres')('says what would go, and why the rest stays; then takes it away', async () => {
  const dry = await cli('--dry-run')
  expect([dry.status, dry.err]).toEqual([0, ''])
  expect(dry.out).toMatch(/^This would go:\n {2}outputs: 3, \d+ bytes, the oldest of \d{4}-\d\d-\d\d$/m)
  expect(dry.out).toMatch(/^ {2}runs: 1, \d+ bytes, the oldest of/m)
  expect(dry.out).toMatch(/^ {2}deliveries: 1, /m)
  expect(dry.out).toContain('  outputs: 2, because an escalation or a ticket of it is open')
  expect(dry.out).toContain('  runs: 1, because an escalation or a ticket of it is open')
  expect(dry.out).toMatch(/^Stored: \d+ bytes of 500\.0 MB \(outputs/m)
  expect(dry.out).toMatch(/Nothing was deleted\.$/)
  const { rows } = await store.db.query('SELECT 1 FROM debvisor.runs')
  expect(rows).toHaveLength(6)
  expect((await cli()).out).toMatch(/^outputs: 3 gone, .*\nruns: 1 gone, .*\ndeliveries: 1 gone/)
  expect((await cli()).out).toBe('Nothing was too old.')
  expect((await cli('--dry-run')).out).toMatch(/^Nothing would go\.\nThis is old enough, and stays:/)
})

it.runIf(kind === 'postgres')('waits for no bot that is at it', async () => {
  await store.db.query(
    `UPDATE debvisor.retention SET held_by = 'a bot', held_till = now() + interval '1 minute'`,
  )
  expect(await cli()).toMatchObject({
    status: 3,
    err: expect.stringContaining('A running bot is taking away'),
  })
})
