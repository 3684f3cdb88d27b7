import { describe, expect, it } from 'vitest'
import { causes, diagnose, finding } from './diagnosis.ts'
import { healthy } from './healthy.ts'

/** Rows that PostgreSQL takes and throws away: no log has a word of it. What is read of a server is in scripts/postgresql.test.ts. */

const counted = '(counted: 0 added, 0 changed, 0 removed)'
const looking = (...rows: readonly string[]) => ({ pg_look: `${healthy.pg_look}${rows.join('\n')}\n` })

describe('written rows are lost', () => {
  it.each(['service', 'db', 'performance'])('by a rule that does nothing instead (%s)', (topic) => {
    const row = `discard,metrics,"INSERT: rule quiet does nothing instead ${counted}",2`
    const report = diagnose(topic, { changes: looking(row) })
    expect(report.verdict).toBe('problem')
    expect(causes(report)).toEqual(['postgresql.writes-discarded'])
    expect(finding(report, 'postgresql.writes-discarded')).toMatchObject({
      subject: 'table metrics',
      severity: 'critical',
      resolution: expect.arrayContaining([expect.stringContaining('ALTER TABLE metrics DISABLE RULE quiet')]),
    })
  })

  it('by a trigger that gives no row back', () => {
    const row = `discard,app.hosts,"INSERT, UPDATE: trigger keep calls keep(), which returns NULL ${counted}",2`
    const found = finding(diagnose('db', { changes: looking(row) }), 'postgresql.writes-discarded')
    expect(found.subject).toBe('table app.hosts')
    expect(found.resolution[0]).toContain('ALTER TABLE app.hosts DISABLE TRIGGER keep')
  })

  it('or rather not removed: that is told as what it is', () => {
    const row = `discard,metrics,"DELETE: rule ""keep all"" does nothing instead ${counted}",2`
    const found = finding(diagnose('db', { changes: looking(row) }), 'postgresql.writes-discarded')
    expect(found.title).toBe('metrics keeps what is removed from it')
    expect(found.detail).toMatch(
      /^Rows that are to be removed stay without an error, in table metrics at DELETE: /,
    )
    expect(found.resolution[0]).toContain('ALTER TABLE metrics DISABLE RULE "keep all"')
    expect(found.resolution.join('\n')).not.toContain('lost')
  })

  it('by chance', () => {
    const row = `discard,metrics,"INSERT: trigger thin calls thin(), which returns NULL ${counted}",1`
    const report = diagnose('db', { changes: looking(row) })
    expect(causes(report)).toEqual(['postgresql.writes-may-be-lost'])
    expect(report.verdict).toBe('problem')
  })
})

describe('no row is lost', () => {
  it('where a condition leaves some out, or rows are only ever added: that is told, and the host is well', () => {
    const rows = [
      `discard,metrics,"INSERT: trigger old calls old(), which returns NULL ${counted}",0`,
      `discard,audit,"UPDATE: rule same does nothing instead ${counted}",0`,
    ]
    const report = diagnose('db', { changes: looking(...rows) })
    expect(report.verdict).toBe('healthy')
    expect(report.findings.map(({ id }) => id)).toContain('postgresql.writes-filtered')
  })

  it('where there is neither', () => {
    const ids = diagnose('db').findings.map(({ id }) => id)
    expect(ids.filter((id) => id.startsWith('postgresql.writes'))).toEqual([])
  })
})
