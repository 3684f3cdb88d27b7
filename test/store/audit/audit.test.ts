import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type AuditEntry,
  appendAudit,
  auditRows,
  redactedEntry,
  verifyAudit,
} from '../../../src/store/audit/audit.ts'
import type { AuditRow } from '../../../src/store/audit/audit-chain.ts'
import type { Db, Queryable } from '../../../src/store/db.ts'
import { openTestStore, storeKinds, type TestStore } from '../../fakes/stores.ts'

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

describe.each(storeKinds)('the audit in the %s store', (kind) => {
  let store: TestStore
  let db: Db
  beforeAll(async () => {
    store = await openTestStore(kind)
    db = store.db
  })
  afterAll(() => store.stop())

  const append = (on: Db, part: Partial<AuditEntry> = {}) =>
    on.tx((tx) => appendAudit(tx, { ...entry, ...part }))
  const all = async (): Promise<AuditRow[]> => {
    const rows: AuditRow[] = []
    for await (const row of auditRows(db)) rows.push(row)
    return rows
  }
  /** What somebody does who owns the database and takes the triggers away; undone afterwards. */
  const tampered = async (work: (tx: Queryable) => Promise<unknown>) => {
    const rows = await all()
    await db.query('ALTER TABLE debvisor.audit DISABLE TRIGGER append_only')
    await db.tx(work)
    const verified = await verifyAudit(db)
    await db.query('DELETE FROM debvisor.audit')
    for (const { position, ...row } of rows) {
      await db.query('INSERT INTO debvisor.audit (position, entry, previous, hash) VALUES ($1, $2, $3, $4)', [
        position,
        row.entry,
        row.previous,
        row.hash,
      ])
    }
    await db.query('ALTER TABLE debvisor.audit ENABLE TRIGGER append_only')
    expect((await verifyAudit(db)).ok).toBe(true)
    return verified
  }

  it('is good when it is empty', async () => {
    expect(await verifyAudit(db)).toEqual({ ok: true, head: { count: 0, hash: '0'.repeat(64) } })
  })

  it('is one chain, whoever writes at the same time, and what is undone leaves no gap', async () => {
    const replica = await store.replica()
    const undone = db.tx(async (tx) => {
      await appendAudit(tx, entry)
      throw new Error('undo')
    })
    await expect(undone).rejects.toThrow('undo')
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => append(i % 2 ? db : replica, { asked: `no. ${i} \u0000` })),
    )
    const rows = await all()
    expect(rows.map((row) => row.position)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
    const verified = await verifyAudit(db)
    expect(verified).toEqual({ ok: true, head: { count: 20, hash: rows.at(-1)?.hash } })
    const times = rows.map((row) => String(JSON.parse(row.entry).at))
    expect(times).toEqual([...times].sort())
    expect(times[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  })

  it.each([
    "UPDATE debvisor.audit SET entry = '{}' WHERE position = 1",
    'DELETE FROM debvisor.audit WHERE position = 20',
    'TRUNCATE debvisor.audit',
    'DELETE FROM debvisor.audit_head',
    'TRUNCATE debvisor.audit_head',
    'UPDATE debvisor.audit_head SET count = 3',
  ])('refuses %s', async (sql) => {
    await expect(db.query(sql)).rejects.toThrow(/the audit is append-only/)
  })

  it('shows the first row that was edited, removed, moved, added or cut off', async () => {
    const edited = await tampered((tx) =>
      tx.query(`UPDATE debvisor.audit SET entry = replace(entry, 'U1', 'U2') WHERE position = 7`),
    )
    expect(edited).toEqual({ ok: false, broken: { position: 7, problem: 'was changed' } })
    const removed = await tampered((tx) => tx.query('DELETE FROM debvisor.audit WHERE position = 7'))
    expect(removed).toEqual({ ok: false, broken: { position: 7, problem: 'is missing' } })
    const moved = await tampered((tx) =>
      tx.query(`UPDATE debvisor.audit SET position = position - 1000 WHERE position IN (3, 4);
                UPDATE debvisor.audit SET position = -993 - position WHERE position < 0`),
    )
    expect(moved).toMatchObject({ ok: false, broken: { position: 3 } })
    const added = await tampered((tx) =>
      tx.query(
        `INSERT INTO debvisor.audit SELECT 21, entry, hash, hash FROM debvisor.audit WHERE position = 20`,
      ),
    )
    expect(added).toEqual({ ok: false, broken: { position: 21, problem: 'was changed' } })
    const cut = await tampered((tx) => tx.query('DELETE FROM debvisor.audit WHERE position > 18'))
    expect(cut).toEqual({ ok: false, broken: { position: 19, problem: 'is missing, and all up to row 20' } })
  })

  it('shows against a noted head that the whole of it was written anew', async () => {
    const before = await verifyAudit(db)
    if (!before.ok) throw new Error('broken')
    await append(db)
    expect((await verifyAudit(db, before.head)).ok).toBe(true)
    const forged = { ...before.head, hash: 'f'.repeat(64) }
    expect(await verifyAudit(db, forged)).toMatchObject({ ok: false, broken: { position: 20 } })
    const longer = { ...before.head, count: 30 }
    expect(await verifyAudit(db, longer)).toMatchObject({ ok: false, broken: { position: 22 } })
  })
})

describe('an entry', () => {
  it('holds no secret, also where the text is cut', () => {
    const asked = `${'x'.repeat(495)} hunter2hunter2`
    const clean = (text: string) => text.replaceAll('hunter2hunter2', '•')
    const kept = redactedEntry({ ...entry, asked, reason: 'hunter2hunter2' }, clean)
    expect(kept.asked).not.toContain('hunter')
    expect(kept.reason).toBe('•')
  })
})
