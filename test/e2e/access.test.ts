import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditRows, verifyAudit } from '../../src/store/audit/audit.ts'
import type { Db } from '../../src/store/db.ts'
import { openStore } from '../../src/store/open-store.ts'
import { openDatabase } from '../fakes/postgres/shared-server.ts'
import { storeKinds } from '../fakes/stores.ts'
import { openRig, type Rig, tempFolder } from './bot.ts'

/** host1 is in production, host2 in staging. */
const policy = (ana: string, bo: string): string => `version: 1
rules:
  - { effect: allow, users: [${ana}], actions: [read, diagnose, escalate] }
  - { effect: allow, usergroups: [S0OPS], topics: [service], hostGroups: [staging], actions: [read, diagnose] }
  - { name: no database, effect: deny, users: [${ana}, ${bo}], topics: [db], hosts: [host2], actions: [diagnose] }
`

interface Entry {
  readonly actor: string
  readonly [key: string]: string | null
}
// The test looks into the bot's own store, which the embedded one allows nobody.
describe.runIf(storeKinds.includes('postgres'))('with a policy', () => {
  let rig: Rig
  let db: Db
  let stopPostgres: () => Promise<void>
  const folder = tempFolder()

  beforeAll(async () => {
    const postgres = await openDatabase()
    if (!postgres) throw new Error('there is no PostgreSQL here')
    stopPostgres = postgres.stop
    rig = await openRig({
      groups: { S0OPS: ['bo'] },
      databaseUrl: postgres.url,
      config: (fakeSlack) => {
        const file = join(folder.path, 'access.yml')
        writeFileSync(file, policy(fakeSlack.users.ana, fakeSlack.users.bo))
        return `access: ${file}`
      },
    })
    db = await openStore({ databaseUrl: postgres.url, folder: '' })
  })
  afterAll(async () => {
    await db?.close()
    await rig?.close()
    await stopPostgres?.()
    folder.remove()
  })

  async function entries(): Promise<Entry[]> {
    const all: Entry[] = []
    for await (const row of auditRows(db)) all.push(JSON.parse(row.entry) as Entry)
    return all
  }
  const newest = async (): Promise<Entry | undefined> => (await entries()).at(-1)
  const privately = async (text: string, user: string): Promise<string> =>
    (await rig.fakeSlack.command(text, { user })).private?.text ?? ''
  const runs = async (): Promise<number> => (await db.query('SELECT 1 FROM debvisor.runs')).rowCount

  it('a guest is refused as ever, and the audit says who wanted what', async () => {
    expect(await privately('diagnose db host1', 'guest')).toMatch(/^Guests may not/)
    expect(await newest()).toMatchObject({
      actor: rig.fakeSlack.users.guest,
      door: '/debvisor',
      decision: 'refused',
      asked: 'diagnose db host1',
      reason: expect.stringMatching(/^Guests may not/),
    })
    expect(await runs()).toBe(0)
  })

  it.each([
    ['bo', 'diagnose service host1', 'You may not diagnose on host1 (service): no rule'],
    ['bo', 'diagnose db host2', 'rule 3 (access.yml:5, "no database") denies it'],
    ['ana', 'diagnose db host2', 'rule 3 (access.yml:5, "no database") denies it'],
    ['lead', 'diagnose service host2', 'You may not diagnose on host2 (service): no rule'],
    ['lead', 'hosts', 'You may not read: no rule'],
    ['lead', 'diagnose service hots2', 'You may not read: no rule'],
  ])('%s is refused "%s" with the reason, which the audit has too', async (user, text, said) => {
    expect(await privately(text, user)).toContain(said)
    const row = await newest()
    expect(row).toMatchObject({ actor: rig.fakeSlack.users[user], decision: 'refused', asked: text })
    expect(row?.reason).toContain(said)
    expect(await runs()).toBe(0)
  })

  it('lists hold what their reader may read', async () => {
    const seen = async (user: string) =>
      JSON.stringify((await rig.fakeSlack.command('hosts', { user })).private)
    expect(await seen('ana')).toMatch(/host1.*host2/)
    expect(await seen('bo')).toContain('host2')
    expect(await seen('bo')).not.toContain('host1')
  })

  it('whoami tells everybody of the team their groups and rights', async () => {
    const said = async (user: string) =>
      JSON.stringify((await rig.fakeSlack.command('whoami', { user })).private)
    expect(await said('bo')).toContain('S0OPS')
    expect(await said('bo')).toMatch(
      /staging.*read \(some hosts or topics\), diagnose \(some hosts or topics\)/,
    )
    expect(await said('lead')).toMatch(/production.*: nothing.*staging.*: nothing/)
    expect(await said('guest')).toContain('Guests may not')
  })

  it('a user group lets its member in', async () => {
    await rig.fakeSlack.command('diagnose service host2', { user: 'bo' })
    const verdict = await rig.verdict()
    expect(verdict.text).toContain('service on host2')
  })

  it('each run has its row, and so has the ticket that is asked for', async () => {
    const run = await db.query<{ code: string }>('SELECT code FROM debvisor.runs')
    const target = `run ${run.rows[0]?.code}`
    expect(await entries()).toContainEqual(
      expect.objectContaining({
        target,
        host: 'host2',
        topic: 'service',
        decision: 'allowed',
        reason: 'rule 2 (access.yml:4)',
      }),
    )
    const { ts } = await rig.verdict()
    await rig.fakeSlack.click({ channel: 'incidents', ts, actionId: 'escalate_1', user: 'bo' })
    expect(await newest()).toMatchObject({
      action: 'escalate',
      decision: 'refused',
      actor: rig.fakeSlack.users.bo,
    })
    await rig.fakeSlack.click({ channel: 'incidents', ts, actionId: 'escalate_1', user: 'ana' })
    await rig.fakeSlack.waitFor(async () => (await rig.thread(ts)).includes('Ticket #1'), {
      what: 'its ticket',
    })
    expect(await newest()).toMatchObject({
      action: 'escalate',
      decision: 'allowed',
      target: expect.stringMatching(/^level 1, escalation [0-9a-f-]{36}$/),
    })
  })

  it('the chain of all that is good', async () => {
    const verified = await verifyAudit(db)
    expect(verified).toMatchObject({ ok: true, head: { count: (await entries()).length } })
  })

  it('what cannot be written down is not done: no run, no ticket, no answer', async () => {
    const before = await runs()
    const { ts } = await rig.verdict()
    await db.query('ALTER TABLE debvisor.audit RENAME TO audit_away')
    try {
      expect(await privately('diagnose service host1', 'ana')).toContain('Something broke on our side')
      expect(await privately('hosts', 'ana')).toContain('Something broke on our side')
      await rig.fakeSlack.click({ channel: 'incidents', ts, actionId: 'escalate_2', user: 'ana' })
      expect(await privately('diagnose db host1', 'guest')).toMatch(/^Guests may not/)
    } finally {
      await db.query('ALTER TABLE debvisor.audit_away RENAME TO audit')
    }
    expect(await runs()).toBe(before)
    expect((await db.query('SELECT 1 FROM debvisor.escalations WHERE level = 2')).rowCount).toBe(0)
    expect((await verifyAudit(db)).ok).toBe(true)
  })
})
