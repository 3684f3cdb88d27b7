import { describe, expect, it } from 'vitest'
import { printReport } from '../../src/cli/output/print.ts'
import type { Report } from '../../src/findings/report.ts'
import { diskReport, unexplainedError } from '../slack/messages/sample-views.ts'

describe('a report for a terminal', () => {
  it('tells the errors that nothing explains below the findings and above what could not be seen', () => {
    const unknown = [{ probe: 'disk', reason: 'permission denied', remedy: 'usermod -aG adm bot' }]
    const lines = printReport(diskReport({ unexplained: [unexplainedError()], unknown }))
    const at = lines.indexOf('Errors in the logs that nothing found here explains:')
    expect(lines.slice(at - 1, at + 4)).toEqual([
      '',
      'Errors in the logs that nothing found here explains:',
      '  PostgreSQL logged 12 times in 4 minutes, last 3 s ago: ERROR:  permission denied for table hosts',
      '',
      'Could not be looked at:',
    ])
    expect(printReport(diskReport()).join('\n')).not.toContain('Errors in the logs')
  })

  it('ends with what the look took from the host, where the host told it', () => {
    const last = (report: Report) => printReport(report).at(-1)
    expect(last(diskReport())).toMatch(/^\d+ probes in \d+\.\d s$/)
    expect(last(diskReport({ cost: { cpuMs: 312, processes: 140 } }))).toMatch(
      / s, for 0\.31 s of the host's CPU and at most 140 processes$/,
    )
    expect(last(diskReport({ cost: { cpuMs: 612, snapshotCpuMs: 250, processes: 170 } }))).toMatch(
      / s, for 0\.61 s of the host's CPU \(0\.25 s of it for the snapshot\) and at most 170 processes$/,
    )
  })

  it('tells once what opens several probes that failed alike', () => {
    const grant = { reason: 'role "bot" does not exist', remedy: 'In psql: create role "bot" login' }
    const unknown = [
      { probe: 'pg_activity', ...grant },
      { probe: 'disk', reason: 'permission denied', remedy: 'usermod -aG adm bot' },
      { probe: 'pg_look', ...grant },
    ]
    const lines = printReport(diskReport({ unknown }))
    const at = lines.indexOf('Could not be looked at:')
    expect(lines.slice(at + 1, at + 5)).toEqual([
      '  pg_activity, pg_look: role "bot" does not exist',
      '    → In psql: create role "bot" login',
      '  disk: permission denied',
      '    → usermod -aG adm bot',
    ])
  })

  it('tells below a cause which fix it has, what that changes and whom else it concerns', () => {
    const [full, ...rest] = diskReport().findings
    if (!full) throw new Error('the sample has no finding')
    const fixOf = (finding: object): readonly string[] => {
      const lines = printReport(diskReport({ findings: [{ ...full, ...finding }, ...rest] }))
      const at = lines.findIndex((line) => line.startsWith('  Fix, from Slack: '))
      return at < 0 ? [] : lines.slice(at, lines.indexOf('', at))
    }
    expect(fixOf({ fix: undefined })).toEqual([])
    expect(fixOf({ fix: 'restart-nginx' })).toEqual(['  Fix, from Slack: restart-nginx'])
    const paths = { count: 7, first: ['/srv', '/srv/a'], from: 'root:root', to: 'app:app' }
    expect(fixOf({ fix: 'own', touches: { paths, others: ['the site x'] } })).toEqual([
      '  Fix, from Slack: own, which changes 7 paths from root:root to app:app',
      '    /srv',
      '    /srv/a',
      '    … and 5 more',
      '    Also concerns: the site x',
    ])
  })

  it('begins with the mark and the words of the verdict, as Slack has them', () => {
    const [cause, ...rest] = diskReport().findings
    if (!cause) throw new Error('the sample has no finding')
    const first = (parts: object) =>
      printReport(diskReport({ findings: [{ ...cause, ...parts }, ...rest] }))[0]
    const words = 'PostgreSQL is down because its disk is full'
    expect(first({})).toBe(`🔴 db on host1: ${words}`)
    expect(first({ severity: 'warning', symptom: true })).toBe(`🟠 db on host1: ${words} (cause unknown)`)
  })

  it('speaks of a second run only where one was compared', () => {
    const compared = { seconds: 0, differences: [], more: 0, unseen: ['file: dpkg took more than 3 s'] }
    const lastLine = (more: object): string | undefined =>
      printReport({ ...diskReport(), compared: { ...compared, ...more } }).find((line) =>
        line.startsWith('Not compared'),
      )
    expect(lastLine({})).toBe(
      'Not compared, for one of the two runs could not read it: file: dpkg took more than 3 s.',
    )
    expect(lastLine({ with: { kind: 'packages' } })).toBe('Not compared: file: dpkg took more than 3 s.')
  })
})
