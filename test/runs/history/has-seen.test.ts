import { describe, expect, it } from 'vitest'
import type { ProbeSummary, Report } from '../../../src/findings/report.ts'
import { hasSeen } from '../../../src/runs/history/has-seen.ts'

const finding = (id: string, more: Partial<Report['findings'][number]> = {}): Report['findings'][number] => ({
  id,
  role: 'cause',
  severity: 'critical',
  title: id,
  detail: '',
  subject: 's',
  evidence: [],
  resolution: [],
  ...more,
})
const probe = (id: string, more: Partial<ProbeSummary> = {}): ProbeSummary => ({
  id,
  status: 'answered',
  exitCode: 0,
  ms: 1,
  ...more,
})
const report = (more: Partial<Report>): Report => ({
  topic: 'db',
  host: 'host1',
  verdict: 'problem',
  summary: '',
  findings: [],
  ruledOut: [],
  unknown: [],
  probes: [],
  ms: 1,
  ...more,
})
const healthy = (ruledOut: readonly string[], probes: readonly ProbeSummary[] = []): Report =>
  report({ verdict: 'healthy', ruledOut: ruledOut.map((id) => ({ id, title: id })), probes })

describe('a healthy run after one that found something beyond its topic', () => {
  const before = report({
    findings: [finding('postgresql.down'), finding('nginx.upgrade', { topic: 'websocket' })],
  })

  it('has seen it only if it looked for that too', () => {
    expect(hasSeen(healthy(['postgresql.down']), before)).toBe(false)
    expect(hasSeen(healthy(['postgresql.down', 'nginx.upgrade']), before)).toBe(true)
  })

  it('need not have asked what other topics asked for an error of its own log', () => {
    const unexplained = [
      { of: 'DebVisor', said: 'x', object: '', count: 9, first: 90, last: 1, goesOn: true, strangers: false },
    ]
    const doubtful = report({
      verdict: 'inconclusive',
      unexplained,
      probes: [probe('said'), probe('nginx_config', { topic: 'websocket' })],
    })
    expect(hasSeen(healthy([], [probe('said')]), doubtful)).toBe(true)
    expect(hasSeen(healthy([], [probe('said', { status: 'refused' })]), doubtful)).toBe(false)
  })
})
