import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { beginFix, beginStep, endFix, heldForMs, loseFix, renewFix } from '../../src/fixes/fix-lease.ts'
import { approveFix, expireFix, type Fix, proposeFix, requestFix } from '../../src/fixes/fix-store.ts'
import { createRun } from '../../src/runs/run-store.ts'
import type { Db } from '../../src/store/db.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'

describe.each(storeKinds)('fixes in the %s store', (kind) => {
  let store: TestStore
  let db: Db
  let hosts = 0
  beforeAll(async () => {
    store = await openTestStore(kind)
    db = store.db
  })
  afterAll(() => store.stop())

  const newRun = (host: string) =>
    createRun(db, {
      team: 'T1',
      actor: { kind: 'user', id: 'U1' },
      topic: 'db',
      host,
      production: true,
      channel: 'C1',
      responseUrl: null,
    })
  async function proposed(about: { host?: string; runId?: string; production?: boolean } = {}): Promise<Fix> {
    const host = about.host ?? `host${++hosts}`
    return proposeFix(db, {
      team: 'T1',
      runId: about.runId ?? (await newRun(host)).id,
      finding: 'pg.stopped',
      subject: 's',
      fix: 'restart',
      topic: 'db',
      host,
      production: about.production ?? true,
      runbookDigest: 'd',
      hostKey: 'SHA256:x',
      steps: [{ as: 'root', argv: ['x'], text: 'sudo x', timeoutMs: 1 }],
      title: 't',
      effect: 'e',
      risk: 'r',
      settleMs: 0,
      touches: null,
      requester: 'U1',
    })
  }
  async function approved(): Promise<Fix> {
    const fix = await proposed()
    await requestFix(db, fix.id, 'U1')
    const yes = await approveFix(db, fix.id, 'U2')
    if (!yes) throw new Error('it was not approved')
    return yes
  }

  it('go from the form to the end by one way', async () => {
    const fix = await approved()
    const running = await beginFix(db, fix.id, 'w')
    expect(running).toMatchObject({
      state: 'running',
      epoch: 1,
      requester: 'U1',
      approver: 'U2',
      steps: fix.steps,
    })
    expect(await beginFix(db, fix.id, 'other')).toBeNull()
    const lease = { fixId: fix.id, epoch: 1 }
    expect(await beginStep(db, lease, 1)).toBe(true)
    expect(await beginStep(db, lease, 1)).toBe(false)
    expect(await endFix(db, lease, { state: 'succeeded', results: [], reason: null })).toMatchObject({
      state: 'succeeded',
    })
    expect(await loseFix(db, fix.id, 'late')).toBeNull()
  })

  it('that were given up take neither a step nor a result of their old worker', async () => {
    const fix = await approved()
    await beginFix(db, fix.id, 'w')
    expect(await loseFix(db, fix.id, 'its worker is gone')).toMatchObject({ state: 'unknown', epoch: 2 })
    const lease = { fixId: fix.id, epoch: 1 }
    expect(await beginStep(db, lease, 1)).toBe(false)
    expect(await endFix(db, lease, { state: 'succeeded', results: [], reason: null })).toBeNull()
  })

  it('are held for ten seconds, longer where that is renewed in time, and never again after that', async () => {
    const fix = await approved()
    await beginFix(db, fix.id, 'w')
    const lease = { fixId: fix.id, epoch: 1 }
    const pass = (seconds: number) =>
      db.query(`UPDATE debvisor.fixes SET held_till = held_till - make_interval(secs => $2) WHERE id = $1`, [
        fix.id,
        seconds,
      ])
    await pass(5)
    expect(await heldForMs(db, lease)).toBeLessThan(5_001)
    await renewFix(db, lease)
    expect(await heldForMs(db, lease)).toBeGreaterThan(5_001)
    expect(await heldForMs(db, { ...lease, epoch: 0 })).toBe(0)
    await pass(10)
    await renewFix(db, lease)
    expect(await heldForMs(db, lease)).toBe(0)
    expect(await beginStep(db, lease, 1)).toBe(false)
  })

  it('are asked for by whom the form was opened for, and outside production need nobody else', async () => {
    const fix = await proposed({ production: false })
    expect(await requestFix(db, fix.id, 'U2')).toBeNull()
    expect(await requestFix(db, fix.id, 'U1')).toMatchObject({ state: 'approved', approver: null })
  })

  it('run out by the database’s clock, after 15 minutes at most', async () => {
    const fix = await proposed()
    await requestFix(db, fix.id, 'U1')
    expect(await expireFix(db, fix.id)).toBeNull()
    await expect(
      db.query(`UPDATE debvisor.fixes SET expires_at = expires_at + interval '1 minute' WHERE id = $1`, [
        fix.id,
      ]),
    ).rejects.toThrow(/check constraint/)
    await db.query(`UPDATE debvisor.fixes SET expires_at = now() - interval '1 second' WHERE id = $1`, [
      fix.id,
    ])
    expect(await approveFix(db, fix.id, 'U2')).toBeNull()
    expect(await expireFix(db, fix.id)).toMatchObject({ state: 'expired' })
  })

  it.each([
    ['the one who asked approves', `state = 'approved', approver = requester`],
    ['production runs without a second person', `state = 'approved'`],
  ])('are refused by the table itself where %s', async (_, set) => {
    const fix = await proposed()
    await requestFix(db, fix.id, 'U1')
    await expect(db.query(`UPDATE debvisor.fixes SET ${set} WHERE id = $1`, [fix.id])).rejects.toThrow(
      /check constraint/,
    )
    expect(await approveFix(db, fix.id, 'U1')).toBeNull()
  })

  it('are one a host, and one a run, whatever the program does', async () => {
    const first = await approved()
    const second = await proposed({ host: first.host })
    await expect(requestFix(db, second.id, 'U1')).rejects.toThrow(/fixes_one_a_host/)
    await beginFix(db, first.id, 'w')
    await endFix(db, { fixId: first.id, epoch: 1 }, { state: 'failed', results: [], reason: 'exit status 1' })
    const again = await proposed({ host: first.host, runId: first.runId })
    await requestFix(db, again.id, 'U1')
    await approveFix(db, again.id, 'U2')
    await expect(beginFix(db, again.id, 'w')).rejects.toThrow(/fixes_of_run_once/)
  })
})
