import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../../src/cli/program.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { openDatabase } from '../fakes/postgres/shared-server.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'
import { fakeTerminal } from './fake-terminal.ts'

const folder = mkdtempSync(join(tmpdir(), 'debvisor-reads-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { term, out, err } = fakeTerminal()
  const status = await runCli(term, env, args)
  return { status, out: out.join('\n'), err: err.join('\n') }
}

async function inFolder<T>(path: string, work: () => Promise<T>): Promise<T> {
  const before = process.cwd()
  process.chdir(path)
  try {
    return await work()
  } finally {
    process.chdir(before)
  }
}

const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const HOST =
  'all: { hosts: { host1: { ansible_host: 192.0.2.1, ansible_user: debvisor, ansible_ssh_private_key_file: ./key } } }\n'

/** A configuration whose runbooks, access policy and Slack token are all broken, and whose inventory is good. */
function brokenButForHosts(): string {
  file('inventory.yml', HOST)
  file('broken.yml', 'version: 1\ntopic: [\n')
  file('access.yml', 'version: 1\nrules: none\n')
  chmodSync(file('token', 'xoxb-1\n'), 0o644)
  return file(
    'broken-but-for-hosts.yml',
    'version: 1\nrunbooks: [./broken.yml]\naccess: ./access.yml\nslack: { botTokenFile: ./token }\n',
  )
}

describe('a command reads only what it needs', () => {
  it('hosts: the inventory, and no runbook, policy or secret', async () => {
    const config = brokenButForHosts()
    expect(await run(['hosts', '--config', config])).toMatchObject({
      status: 0,
      out: expect.stringContaining('debvisor@192.0.2.1'),
    })
    const trust = await run(['hosts', 'trust', 'host9', '--config', config])
    expect(trust.err).toContain("There is no host 'host9' in the inventory. Did you mean 'host1'?")
    expect((await run(['validate', '--config', config])).status).toBe(3)
  })

  it('runbook test: runbooks and recordings, and no secret', async () => {
    chmodSync(file('token', 'xoxb-1\n'), 0o644)
    const config = file('with-token.yml', 'version: 1\nslack: { botTokenFile: ./token }\n')
    const recordings = fileURLToPath(new URL('../recordings', import.meta.url))
    const composed = readdirSync(recordings).find((name) => name.startsWith('composed-')) ?? ''
    expect(await run(['runbook', 'test', join(recordings, composed), '--config', config])).toMatchObject({
      status: 0,
      out: expect.stringContaining('1 of 1 right'),
    })
  })

  it('validate: the shipped runbooks alone, where nothing names an inventory', async () => {
    const empty = mkdtempSync(join(folder, 'empty-'))
    const { status, out } = await inFolder(empty, () => run(['validate']))
    expect(out).toMatch(
      /^Good: \d+ topics, \d+ probes, \d+ findings, no hosts \(there is no inventory\.yml here\)\.$/,
    )
    expect(status).toBe(0)
  })

  it('validate: an author who has runbooks and no inventory yet', async () => {
    const own = mkdtempSync(join(folder, 'author-'))
    writeFileSync(join(own, 'debvisor.yml'), 'version: 1\nrunbooks: [./runbooks]\n')
    mkdirSync(join(own, 'runbooks'))
    const { status, out } = await inFolder(own, () => run(['validate']))
    expect(out).toContain('no hosts (there is no inventory.yml here)')
    expect(status).toBe(0)
  })

  it('validate: an inventory that somebody names has to be there', async () => {
    const missing = join(folder, 'nowhere.yml')
    expect(await run(['validate', '--inventory', missing])).toMatchObject({
      status: 3,
      err: expect.stringContaining('there is no inventory here'),
    })
    const config = file('with-inventory.yml', 'version: 1\ninventory: ./nowhere.yml\n')
    expect((await run(['validate', '--config', config])).status).toBe(3)
  })
})

describe.each(storeKinds)('debvisor audit on the %s store', (kind) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(kind)
    // It has one owner.
    if (kind === 'embedded') await store.db.close()
  })
  afterAll(() => store?.stop())

  it('reads the store alone', async () => {
    const config = file(
      `audit-${kind}.yml`,
      `version: 1\nstore: { folder: ${store.config.folder} }\nrunbooks: [./nowhere]\ninventory: ./nowhere.yml\nslack: { botTokenFile: ./nowhere }\n`,
    )
    const env = store.config.databaseUrl ? { DATABASE_URL: store.config.databaseUrl } : {}
    expect(await run(['audit', 'verify', '--config', config], env)).toMatchObject({
      status: 0,
      err: '',
      out: expect.stringMatching(/^Good: 0 rows\./),
    })
    expect((await run(['audit', 'export', '--config', config], env)).status).toBe(0)
  })
})

describe('debvisor audit where there is no store', () => {
  it.each(['verify', 'export'])('says so and makes none: %s', async (command) => {
    const empty = mkdtempSync(join(folder, 'empty-'))
    const { status, out, err } = await inFolder(empty, () => run(['audit', command]))
    expect({ status, out }).toEqual({ status: 3, out: '' })
    expect(err).toMatch(/^debvisor: There is no store in .*\/var\/store: .*--config.*DATABASE_URL/)
    expect(readdirSync(empty)).toEqual([])
  })

  it.skipIf(!storeKinds.includes('postgres'))('nor in an empty database', async () => {
    const postgres = await openDatabase({ empty: true })
    if (!postgres) throw new Error('there is no PostgreSQL')
    const { status, err } = await run(['audit', 'verify'], { DATABASE_URL: postgres.url })
    const db = await openPostgres(postgres.url)
    const { rows } = await db.query(`SELECT to_regnamespace('debvisor') AS there`)
    await db.close()
    await postgres.stop()
    expect(status).toBe(3)
    expect(err).toMatch(/^debvisor: There is no store in the database of DATABASE_URL/)
    expect(rows).toEqual([{ there: null }])
  })
})

describe('arguments are checked before files', () => {
  const full = mkdtempSync(join(folder, 'full-'))
  writeFileSync(join(full, 'recording.yml'), 'mine')

  it.each([
    [['diagnose'], 'What is to be diagnosed?'],
    [['diagnose', 'db', 'host1', '--record', full], 'is not empty; name a new folder for --record'],
    [['access', 'explain', 'U001', 'fixx', 'host1'], "There is no action 'fixx'. Did you mean 'fix'?"],
    [['hosts', 'trust', 'host1', '--fingerprint', 'MD5:00:11'], "'MD5:00:11' is no fingerprint"],
    [['audit', 'verify', '--anchor', 'x'], "'x' is no anchor"],
    [['audit', 'export', '--since', 'yesterday'], "'yesterday' is no time"],
    [['runbook', 'test', join(folder, 'nowhere')], 'There is no folder'],
  ])('%s', async (args, said) => {
    const { status, err } = await run([...args, '--config', join(folder, 'not-there.yml')])
    expect(status).toBe(3)
    expect(err).toContain(said)
    expect(err.split('\n')).toHaveLength(1)
  })
})
