import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DemoHosts, openDemoHosts } from '../../playground/ssh/demo-hosts.ts'
import { runCli } from '../../src/cli/program.ts'
import { type AuditEntry, appendAudit } from '../../src/store/audit/audit.ts'
import { openStore } from '../../src/store/open-store.ts'
import { openDatabase } from '../fakes/postgres/shared-server.ts'
import { prepareEmbedded, storeKinds } from '../fakes/stores.ts'

async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const out: string[] = []
  const err: string[] = []
  const term = {
    out: (line: string) => void out.push(line),
    err: (line: string) => void err.push(line),
    status: () => {},
    interactive: false,
    colour: false,
    ask: async () => undefined,
    input: async () => Buffer.alloc(0),
  }
  const status = await runCli(term, env, [...args, '--config', demoHosts.config])
  return { status, out: out.join('\n'), err: err.join('\n') }
}

let demoHosts: DemoHosts
beforeAll(async () => {
  demoHosts = await openDemoHosts({ hosts: ['host1', 'host2'], config: 'store: { folder: ./store }\n' })
})
afterAll(() => demoHosts?.close())

describe('debvisor access explain', () => {
  const explain = (...args: string[]) => run(['access', 'explain', ...args])

  it('says without a policy that there is none', async () => {
    expect(await explain('U001', 'diagnose', 'host1')).toMatchObject({
      status: 0,
      out: 'allowed: there is no access policy',
    })
    const fix = await explain('U001', 'fix', 'host1')
    expect(fix.status).toBe(1)
    expect(fix.out).toMatch(/^refused: there is no access policy\nU001 would read: Nobody may apply a fix/)
  })

  it('says which rule decides, by user, user group, host and topic', async () => {
    const config = readFileSync(demoHosts.config, 'utf8')
    writeFileSync(
      join(demoHosts.folder, 'access.yml'),
      `version: 1
rules:
  - { effect: allow, usergroups: [S0OPS], topics: [db], actions: [fix] }
  - { name: frozen, effect: deny, users: all, hostGroups: [production], actions: [fix] }
`,
    )
    writeFileSync(demoHosts.config, `${config}access: ./access.yml\n`)
    try {
      const inGroup = ['--groups', 'S0OPS,S0WEB']
      expect(await explain('U001', 'fix', 'host2', 'postgres', ...inGroup)).toMatchObject({
        status: 0,
        out: 'allowed: rule 1 (access.yml:3)',
      })
      expect((await explain('U001', 'fix', 'host1', 'db', ...inGroup)).out).toBe(
        'refused: rule 2 (access.yml:4, "frozen")\nU001 would read: You may not apply a fix on host1 (db): rule 2 (access.yml:4, "frozen") denies it.',
      )
      const topics = await explain('U001', 'fix', 'host2', ...inGroup)
      expect(topics.status).toBe(1)
      expect(topics.out).toContain('db: allowed: rule 1 (access.yml:3)')
      expect(topics.out).toMatch(/^service: refused: no rule of /m)
      expect((await explain('U001', 'fix', 'host1', ...inGroup)).out).toMatch(
        /^refused: rule 2 .*\nU001 would/,
      )
      const stranger = await explain('U001', 'fix', 'host2', 'db')
      expect(stranger).toMatchObject({ status: 1, out: expect.stringContaining('no rule of ') })
    } finally {
      writeFileSync(demoHosts.config, config)
    }
  })

  it.each([
    [['U001', 'fixx', 'host1'], "There is no action 'fixx'."],
    [['U001', 'fix', 'hots1'], "There is no host 'hots1'. Did you mean 'host1'?"],
    [['U001', 'fix', 'host1', 'dbb'], "There is no topic 'dbb'. Did you mean 'db'?"],
  ])('refuses words that are none: %s', async (words, said) => {
    const asked = await explain(...words)
    expect(asked.status).toBe(3)
    expect(asked.err).toContain(said)
  })

  it('a broken policy stops everything, with its place', async () => {
    const config = readFileSync(demoHosts.config, 'utf8')
    writeFileSync(
      join(demoHosts.folder, 'access.yml'),
      'version: 1\nrules: [{ effect: allow, actions: [read] }]',
    )
    writeFileSync(demoHosts.config, `${config}access: ./access.yml\n`)
    const validated = await run(['validate'])
    writeFileSync(demoHosts.config, config)
    expect(validated.status).toBe(3)
    expect(validated.err).toContain('access.yml:2:9 rules[0]: a rule says for whom')
  })
})

const entry: AuditEntry = {
  team: 'T1',
  actor: 'U1',
  door: '/debvisor',
  action: 'diagnose',
  decision: 'allowed',
  host: 'host1',
  topic: 'db',
  target: 'run 7K2Q',
  asked: 'diagnose db host1',
  reason: null,
}

describe.each(storeKinds)('debvisor audit on the %s store', (kind) => {
  let env: NodeJS.ProcessEnv = {}
  let stop: (() => Promise<void>) | undefined
  const withStore = async (work: Parameters<Awaited<ReturnType<typeof openStore>>['tx']>[0]) => {
    const db = await openStore({ folder: join(demoHosts.folder, 'store'), databaseUrl: env.DATABASE_URL })
    await db.tx(work)
    await db.close()
  }
  beforeAll(async () => {
    const postgres = kind === 'postgres' ? await openDatabase() : undefined
    stop = postgres?.stop
    env = postgres ? { DATABASE_URL: postgres.url } : {}
    if (!postgres) await prepareEmbedded(join(demoHosts.folder, 'store'))
    await withStore(async (tx) => {
      for (const actor of ['U1', 'U2', 'U3']) await appendAudit(tx, { ...entry, actor })
    })
  })
  afterAll(() => stop?.())

  it('prints the rows as JSON lines', async () => {
    const { status, out } = await run(['audit', 'export'], env)
    const rows = out.split('\n').map((line) => JSON.parse(line))
    expect(status).toBe(0)
    expect(rows).toMatchObject([
      { position: 1, ...entry, actor: 'U1' },
      { position: 2, actor: 'U2' },
      { position: 3, actor: 'U3', hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ])
    expect((await run(['audit', 'export', '--since', 'yesterday'], env)).err).toContain(
      "'yesterday' is no time",
    )
  })

  it('prints those from a time on', async () => {
    expect(await run(['audit', 'export', '--since', '2999-01-01'], env)).toMatchObject({ status: 0, out: '' })
    const since = await run(['audit', 'export', '--since', '2020-01-01T00:00:00Z'], env)
    expect(since.out.split('\n')).toHaveLength(3)
  })

  let anchor = ''
  it('verifies them, and prints the head to be noted', async () => {
    const good = await run(['audit', 'verify'], env)
    expect(good).toMatchObject({ status: 0, out: expect.stringMatching(/^Good: 3 rows\./) })
    anchor = /--anchor (\S+)$/.exec(good.out)?.[1] ?? ''
  })

  it('verifies them against a head that was noted', async () => {
    expect((await run(['audit', 'verify', '--anchor', anchor], env)).status).toBe(0)
    expect((await run(['audit', 'verify', '--anchor', 'x'], env)).err).toContain("'x' is no anchor")
  })

  it('names the first row that is broken', async () => {
    await withStore((tx) =>
      tx.query(`ALTER TABLE debvisor.audit DISABLE TRIGGER append_only;
                UPDATE debvisor.audit SET entry = replace(entry, 'U2', 'U9') WHERE position = 2`),
    )
    expect(await run(['audit', 'verify'], env)).toMatchObject({
      status: 1,
      out: 'Broken: row 2 was changed.',
    })
  })

  it('prints what somebody wrote over a row as it stands, and leaves none out', async () => {
    await withStore((tx) =>
      tx.query(`UPDATE debvisor.audit SET entry = '{}' WHERE position = 1;
                UPDATE debvisor.audit SET entry = 'gone' WHERE position = 3`),
    )
    const { status, out } = await run(['audit', 'export', '--since', '2020-01-01'], env)
    expect(status).toBe(0)
    expect(out.split('\n').map((line) => JSON.parse(line))).toMatchObject([
      { position: 1, at: '' },
      { position: 2, actor: 'U9' },
      { position: 3, unreadable: 'gone' },
    ])
  })

  if (kind === 'embedded')
    it('says in one sentence that a running bot has the store', async () => {
      const db = await openStore({ folder: join(demoHosts.folder, 'store') })
      const { status, err } = await run(['audit', 'verify'])
      await db.close()
      expect(status).toBe(3)
      expect(err).toMatch(/^debvisor: The embedded store in .* is in use by .*: stop that one first/)
      expect(err.split('\n')).toHaveLength(1)
    })
})
