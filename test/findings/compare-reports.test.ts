import { describe, expect, it } from 'vitest'
import { compareReports } from '../../src/findings/compare-reports.ts'
import type { Finding } from '../../src/findings/finding.ts'
import type { Report } from '../../src/findings/report.ts'

const finding = (id: string, subject = 's', role: Finding['role'] = 'cause'): Finding => ({
  id,
  role,
  severity: 'critical',
  title: id,
  detail: id,
  subject,
  evidence: [],
  resolution: [],
})
const report = (...findings: readonly Finding[]): Report => ({
  topic: 'db',
  host: 'host1',
  verdict: findings.length > 0 ? 'problem' : 'healthy',
  summary: 'x',
  findings,
  ruledOut: [],
  unknown: [],
  probes: [],
  ms: 1,
})
const mended = { finding: 'pg.stopped', subject: 's' }
const before = report(finding('pg.stopped'), finding('api.down', 's', 'consequence'), finding('disk.slow'))
const changed = (...findings: readonly Finding[]) => compareReports(mended, before, report(...findings)).kind

describe('what a fix changed', () => {
  it('is resolved where nothing is wrong any more', () => expect(changed()).toBe('resolved'))
  it('is not resolved where the finding is still there, a cause or not', () => {
    expect(changed(finding('pg.stopped'))).toBe('not-resolved')
    expect(changed(finding('disk.slow'), finding('pg.stopped', 's', 'consequence'))).toBe('not-resolved')
  })
  it('is not resolved where the same is wrong with something else: another process, the same problem', () =>
    expect(changed(finding('pg.stopped', 'other'))).toBe('not-resolved'))
  it('leaves other causes where they were there before', () =>
    expect(changed(finding('disk.slow'))).toBe('other-causes'))
  it('is no harm where a consequence is left as a cause', () =>
    expect(changed(finding('api.down'))).toBe('other-causes'))
  it('is worse where there is a cause that was not there before', () =>
    expect(changed(finding('nginx.down'))).toBe('worse'))
  it('is unclear where it could not be seen', () =>
    expect(compareReports(mended, before, { ...report(), verdict: 'inconclusive' }).kind).toBe('unclear'))
  it('of one of several subjects is gone with that subject', () => {
    const two = report(finding('pg.idle', 'pid 1'), finding('pg.idle', 'pid 2'))
    const one = { finding: 'pg.idle', subject: 'pid 1' }
    expect(compareReports(one, two, report(finding('pg.idle', 'pid 2'))).kind).toBe('other-causes')
    expect(compareReports(one, two, two).kind).toBe('not-resolved')
  })
})
