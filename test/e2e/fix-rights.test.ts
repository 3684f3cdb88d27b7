import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { auditRows } from '../../src/store/audit/audit.ts'
import type { Db } from '../../src/store/db.ts'
import { openStore } from '../../src/store/open-store.ts'
import { openDatabase } from '../fakes/postgres/shared-server.ts'
import { storeKinds } from '../fakes/stores.ts'
import { asText } from './bot.ts'
import { type Mending, openMending } from './fix-scene.ts'

/** Who asks may not approve, who approves may not ask, and the lead may neither on production. */
const policy = (asks: string, answers: string, lead: string): string => `version: 1
rules:
  - { effect: allow, users: all, actions: [read, diagnose, escalate] }
  - { name: asks, effect: allow, users: [${asks}, ${lead}], actions: [fix] }
  - { name: answers, effect: allow, users: [${answers}, ${lead}], actions: [approve] }
  - { name: not the lead, effect: deny, users: [${lead}], hostGroups: [production], actions: [fix, approve] }
  - { name: R&D <approvers>, effect: deny, users: [${answers}], actions: [fix] }
`

interface Entry {
  readonly actor: string
  readonly door: string
  readonly [key: string]: string | null
}

// It looks into the bot's own store, which the embedded one allows nobody.
describe.runIf(storeKinds.includes('postgres'))('rights to a fix', () => {
  let on: Mending
  let db: Db
  let stopPostgres: () => Promise<void>
  const write = (asks: string, answers?: string) => {
    const { users } = on.rig.fakeSlack
    writeFileSync(join(on.rig.demoHosts.folder, 'access.yml'), policy(asks, answers ?? users.bo, users.lead))
  }
  beforeAll(async () => {
    const postgres = await openDatabase()
    if (!postgres) throw new Error('there is no PostgreSQL here')
    stopPostgres = postgres.stop
    on = await openMending({
      databaseUrl: postgres.url,
      prepare: ({ folder }, { users }) =>
        writeFileSync(join(folder, 'access.yml'), policy(users.ana, users.bo, users.lead)),
    })
    db = await openStore({ databaseUrl: postgres.url, folder: '' })
  })
  beforeEach(() => on.write('runs', ''))
  afterAll(async () => {
    await db?.close()
    await on?.close()
    await stopPostgres?.()
  })

  /** The rows of one door, newest last: who, how it was decided, what came of it, why. */
  async function rowsOf(door: string): Promise<Entry[]> {
    const all: Entry[] = []
    for await (const row of auditRows(db)) all.push(JSON.parse(row.entry) as Entry)
    return all.filter((entry) => entry.door === door)
  }
  const anonymous = (entry: Entry | undefined): Entry | undefined =>
    entry && { ...entry, target: entry.target?.replace(/[0-9a-f-]{36}/, 'ID') ?? null }
  const newestOf = async (door: string) => anonymous((await rowsOf(door)).at(-1))

  async function waiting(): Promise<{ readonly run: string; readonly ts: string }> {
    const { ts: run } = await on.diagnose()
    await on.apply(run)
    return { run, ts: (await on.fixMessage(run)).ts }
  }

  it('whoever asked withdraws it with no more than the right to ask', async () => {
    const { run, ts } = await waiting()
    const { ana } = on.rig.fakeSlack.users
    await on.click(ts, 'fix_decline', 'ana')
    const thread = await on.threadSays(run, /withdrawn, nothing was run/)
    expect(thread).toContain(`withdrawn by @${ana}`)
    expect(thread).not.toContain('[Approve]')
    expect(await on.says(run, /withdrawn[\s\S]*\[Apply fix\]/)).toBeTruthy()
    expect(await newestOf('fix_decline')).toMatchObject({
      actor: ana,
      action: 'fix',
      decision: 'allowed',
      target: `fix ID withdrawn, asked for by ${ana}`,
    })
    expect(on.runs()).toEqual([])
  })

  it('an approval after that finds nothing to approve, and nothing runs', async () => {
    const { run, ts } = await waiting()
    await on.click(ts, 'fix_decline', 'ana')
    await on.threadSays(run, /withdrawn, nothing was run/)
    // Somebody whose screen is older than that.
    const forged = { actionId: 'fix_approve', value: await idOf(run) }
    expect(await on.refusal(run, 'run_again', 'bo', forged)).toMatch(/withdrawn already: nothing was run/)
    expect(await newestOf('fix_approve')).toMatchObject({
      actor: on.rig.fakeSlack.users.bo,
      decision: 'refused',
    })
    expect(on.runs()).toEqual([])
  })

  it.each([
    ['whoever only asks', 'ana', 'fix_approve', /You may not approve a fix: no rule/],
    ['whoever is denied it there', 'lead', 'fix_approve', /rule 4 .*"not the lead".* denies it/],
    ['a denied third', 'lead', 'fix_decline', /rule 4 .*"not the lead".* denies it/],
    ['a guest', 'guest', 'fix_decline', /^Guests may not/],
  ])('%s cannot answer: privately, with a row, and it still waits', async (_, user, button, why) => {
    const { run, ts } = await waiting()
    expect(await on.refusal(ts, button, user)).toMatch(why)
    expect(await newestOf(button)).toMatchObject({
      actor: on.rig.fakeSlack.users[user],
      decision: 'refused',
      reason: expect.stringMatching(why),
    })
    expect(asText(await on.fixMessage(run))).toContain('waits for approval')
    expect(on.runs()).toEqual([])
    await on.click(ts, 'fix_decline', 'ana')
    await on.threadSays(run, /withdrawn, nothing was run/)
  })

  it('whoever only approves cannot ask, and nothing of it is shown', async () => {
    const { ts } = await on.diagnose()
    const { said } = await on.open(ts, 'bo')
    expect(said).toMatch(/rule 5 .*"R&D <approvers>".* denies it/)
    expect(said).not.toContain('count.sh')
  })

  it('a form that comes twice is one request, and closes both times', async () => {
    const { ts } = await on.diagnose()
    const { id } = await on.open(ts)
    on.rig.fakeSlack.faults.duplicateDeliveries(1)
    expect(await on.rig.fakeSlack.submit({ view: id })).toMatchObject({ status: 200 })
    const asked = await on.fixMessage(ts)
    expect((await rowsOf('fix_asked_for')).filter(({ decision }) => decision === 'refused')).toEqual([])
    expect((await db.query(`SELECT FROM debvisor.fixes WHERE state = 'awaiting-approval'`)).rowCount).toBe(1)
    await on.click(asked.ts, 'fix_decline', 'ana')
    await on.threadSays(ts, /withdrawn, nothing was run/)
  })

  it('an id that is none is refused in the audit too', async () => {
    const { ts } = await on.diagnose()
    const value = '0b6f2c9e-7f3a-4c11-9a55-0c5a8a5f7f3e'
    for (const actionId of ['fix_approve', 'fix_decline']) {
      expect(await on.refusal(ts, 'run_again', 'bo', { actionId, value })).toMatch(/nothing was done/)
      expect(await newestOf(actionId)).toMatchObject({ decision: 'refused', asked: value, target: null })
    }
    await on.refusal(ts, 'run_again', 'bo', { actionId: 'fix_everything', value })
    expect(await newestOf('an unknown button')).toMatchObject({ decision: 'refused', asked: value })
  })

  it('whoever lost the right while the form was open reads why', async () => {
    const { ts } = await on.diagnose()
    const { id } = await on.open(ts)
    const { ana } = on.rig.fakeSlack.users
    write(ana, ana)
    await on.rig.restart()
    await on.rig.fakeSlack.submit({ view: id })
    const shown = on.rig.fakeSlack.openedViews().find(({ view }) => view.id === id)?.view
    expect(asText({ text: '', blocks: shown?.blocks } as never)).toMatch(
      /rule 5 .*"R&D <approvers>".* denies it/,
    )
    write(ana)
    await on.rig.restart()
  })

  it('what was asked for by somebody who lost the right since is not approved', async () => {
    const { run, ts } = await waiting()
    write('U0NOBODY1')
    await on.rig.restart()
    expect(await on.refusal(ts, 'fix_approve', 'bo')).toMatch(/Whoever asked for this may not apply fixes/)
    expect(await newestOf('fix_approve')).toMatchObject({ decision: 'refused' })
    expect(on.runs()).toEqual([])
    await on.click(ts, 'fix_decline', 'bo')
    await on.threadSays(run, /declined, nothing was run/)
  })

  async function idOf(run: string): Promise<string> {
    const { rows } = await db.query<{ id: string }>(
      'SELECT id FROM debvisor.fixes WHERE requested_at IS NOT NULL ORDER BY requested_at DESC LIMIT 1',
    )
    if (!rows[0]) throw new Error(`nothing was asked for in ${run}`)
    return rows[0].id
  }
})
