import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failedCallOf } from '../../../src/engine/errors/failed-call.ts'
import { judge } from '../../../src/engine/verdict/judge.ts'
import type { Report } from '../../../src/findings/report.ts'
import { host, record, recordsOf, runbook, topic } from '../sample-runbook.ts'

const app = runbook(
  topic(`probes:
  app_log: { title: Log, run: tail app.log, parse: { special: dated-log }, log: { of: App, own: true, strangers: ['it.contains("guest")'] } }
  front_log: { title: Front, run: tail front.log, parse: { special: dated-log }, log: { of: front } }
  disk: { title: Disk, run: df }
findings:
  disk.full:
    title: The disk is full
    because: its disk is full
    when: disk.out.contains("100%")
    severity: critical
    subject: /srv
    detail: d
    evidence: [{ probe: disk, text: '[disk.out]' }]
    resolution: [Make room]
  app.slow:
    title: It is slow
    when: disk.out.contains("slow")
    severity: critical
    symptom: true
    subject: app
    detail: d
    evidence: [{ probe: disk, text: '[disk.out]' }]
    resolution: [Look]
`),
)

const NOW = 1_795_496_538

/** The same line every 5 s in the last minute. */
const again = (line: string, { from = 60, to = 3 } = {}): string => {
  const lines = Array.from({ length: Math.floor((from - to) / 5) + 1 }, (_, i) => {
    const at = new Date((NOW - from + i * 5) * 1_000).toISOString().slice(0, 19)
    return `${at}Z ERROR app: ${line}`
  })
  return [`now=${NOW} zone=+0000`, ...lines, ''].join('\n')
}

const judged = (said: { app_log?: string; front_log?: string; disk?: string }): Report =>
  judge({
    runbook: app,
    parameters: {},
    host,
    records: recordsOf(
      ...['app_log', 'front_log'].map((id) =>
        record(id, { stdout: said[id as 'app_log'] ?? `now=${NOW} zone=+0000\n` }),
      ),
      record('disk', { stdout: said.disk ?? '1%' }),
    ),
    ms: 1,
    login: 'bot',
  })

const folder = "[Errno 21] Is a directory: '/srv/app/state.json'"

describe('a system call that keeps failing in the own log', () => {
  it('is a cause that names the object and what is so with it', () => {
    const report = judged({ app_log: again(folder) })
    expect(report).toMatchObject({
      verdict: 'problem',
      summary: 'App keeps failing on /srv/app/state.json: it is a directory where a file is expected',
    })
    expect(report.unexplained).toBeUndefined()
    const [finding] = report.findings
    expect(finding).toMatchObject({ id: 'log.failed-call', role: 'cause', subject: '/srv/app/state.json' })
    expect(finding?.detail).toContain('EISDIR')
    expect(finding?.evidence).toEqual([{ probe: 'app_log', text: expect.stringContaining(folder) }])
    expect(finding?.resolution[0]).toContain('ls -ld /srv/app/state.json')
  })

  it('stands below what a rule proves, and above what only says that something is wrong', () => {
    const proven = judged({ app_log: again(folder), disk: '100%' })
    expect(proven.findings.map(({ id }) => id)).toEqual(['disk.full', 'log.failed-call'])
    expect(proven.summary).toBe('The disk is full')
    const symptom = judged({ app_log: again(folder), disk: 'slow' })
    expect(symptom.findings.map(({ id }) => id)).toEqual(['log.failed-call', 'app.slow'])
    expect(symptom.summary).toMatch(/^It is slow; App keeps failing on /)
  })

  it.each([
    ['that has ended', { app_log: again(folder, { from: 900, to: 600 }) }, 'healthy'],
    ['of a guest', { app_log: again(`guest: ${folder}`) }, 'healthy'],
    ["in another program's log", { front_log: again(folder) }, 'inconclusive'],
    ['that names no object', { app_log: again('[Errno 21] Is a directory') }, 'inconclusive'],
    ['that is a line of code', { app_log: again('File "/srv/app/a.py", line 7: [Errno 2]') }, 'inconclusive'],
    [
      'that the moment brings',
      { app_log: again('[Errno 104] Connection reset by peer: /srv/x') },
      'inconclusive',
    ],
  ])('is none %s', (_, said, verdict) => {
    const report = judged(said)
    expect(report.findings).toEqual([])
    expect(report.verdict).toBe(verdict)
  })
})

describe('the call of an error line', () => {
  it.each([
    ["OSError: [Errno 36] File name too long: '/a'", 'ENAMETOOLONG'],
    ["Error: ELOOP: too many symbolic links encountered, stat '/a'", 'ELOOP'],
    ['open /a: stale file handle', 'ESTALE'],
    ['connect 127.0.0.1:7443: Connection refused', 'ECONNREFUSED'],
    ['ERROR panel: Error: connect ECONNREFUSED 127.0.0.1:7443', 'ECONNREFUSED'],
    ['ERROR app: EPIPE, then ENOENT, open /srv/a', 'ENOENT'],
    ['[Errno 4] Interrupted system call: /a', undefined],
    ['nothing of the kind', undefined],
  ])('%s: %s', (said, code) => expect(failedCallOf(said)?.code).toBe(code))

  it('is found in any text or not, and never takes long', () => {
    fc.assert(fc.property(fc.string({ maxLength: 1_000 }), (said) => void failedCallOf(said)))
  })
})
