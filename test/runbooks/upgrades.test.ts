import { describe, expect, it } from 'vitest'
import { type Change, causes, denied, diagnose, finding } from './diagnosis.ts'
import { healthy } from './healthy.ts'

const library = '/usr/lib/postgresql/15/lib/plpgsql.so'
const error = `could not load library "${library}": ${library}: undefined symbol: MemoryContextNew`
const pgSaid = `now=1795496539 zone=+0000
2026-11-24 05:02:10.695 UTC [731] debvisor@debvisor ERROR:  ${error}
2026-11-24 05:02:15.695 UTC [731] debvisor@debvisor ERROR:  ${error}
`
const failing = '/api/health\t500\t20\tapplication/json {"error":"internal"}\n'
const upgrade = (name: string, age: number): string => `upgrade\t${name}\t${age}\t-\t1.2-1 -> 1.2-2\n`

const broken = (answer: Change, changes: Record<string, Change> = {}) =>
  diagnose('db', {
    changes: {
      http: failing,
      pg_said: pgSaid,
      pg_said_again: pgSaid,
      said_again: healthy.said ?? '',
      library: answer,
      ...changes,
    },
  })

describe('a file that was replaced while its program ran', () => {
  it('is the likely cause where the program cannot load it', () => {
    const report = broken('changed=900\npackage=postgresql-15\n')
    expect(causes(report)).toEqual(['host.replaced-in-use'])
    expect(finding(report, 'host.replaced-in-use')).toMatchObject({
      subject: library,
      confidence: 'likely',
      detail: expect.stringMatching(
        /package postgresql-15\) was replaced 900 s ago; postgresql@15-main\.service/,
      ),
      resolution: expect.arrayContaining(['Restart it: systemctl restart postgresql@15-main.service']),
    })
    expect(finding(report, 'debvisor.api-errors').role).toBe('consequence')
  })

  it('is none where it is as old as the program, not there, or not to be seen', () => {
    for (const answer of ['changed=90000\npackage=postgresql-15\n', 'changed=-1\npackage=-\n', denied])
      expect(causes(broken(answer))).not.toContain('host.replaced-in-use')
  })

  it('is none where somebody else tries out what he built', () => {
    const pg_said = pgSaid.replaceAll('debvisor@debvisor', 'developer@sandbox')
    const report = broken('changed=5\npackage=-\n', { pg_said, pg_said_again: pg_said })
    expect(causes(report)).not.toContain('host.replaced-in-use')
  })

  it("is DebVisor's own where DebVisor says so", () => {
    const said = `now=1795496538 zone=+0000 written=1795496530
2026-11-24 05:02:10,002 ERROR collector failed
ImportError: cannot import name 'encode' from 'simplejson' (/usr/lib/python3/dist-packages/simplejson/__init__.py)
`
    const report = diagnose('service', {
      changes: {
        http: failing,
        said,
        said_again: said,
        pg_said_again: healthy.pg_said ?? '',
        library: 'changed=60\npackage=python3-simplejson\n',
      },
    })
    expect(causes(report)).toEqual(['host.replaced-in-use'])
    expect(finding(report, 'host.replaced-in-use').resolution[0]).toBe(
      'Restart it: systemctl restart debvisor.service',
    )
  })
})

describe('an upgrade that nobody feels', () => {
  it.each(['service', 'db'])('is a notice of a healthy host for %s', (topic) => {
    const report = diagnose(topic, {
      changes: {
        upgraded: `${healthy.upgraded}${upgrade('libssl3', 4000)}reboot\t-\t90000\t-\tlinux-image-6.1.0-27-amd64\n`,
      },
    })
    expect(report).toMatchObject({ verdict: 'healthy', unknown: [] })
    expect(finding(report, 'host.restart-due')).toMatchObject({
      role: 'notice',
      subject: 'debvisor.service, nginx.service, postgresql@15-main.service',
    })
    expect(finding(report, 'host.reboot-due').subject).toBe('linux-image-6.1.0-27-amd64')
  })

  it('is none where the programs began after it, or have nothing to do with it', () => {
    const report = diagnose('service', {
      changes: { upgraded: `${healthy.upgraded}${upgrade('libssl3', 20_000)}${upgrade('fonts-dejavu', 60)}` },
    })
    expect(report.findings.filter(({ id }) => id.startsWith('host.'))).toEqual([])
  })

  it('names the programs alone that have to do with it', () => {
    const upgraded = `${healthy.upgraded}${upgrade('libpcre2-8-0', 60)}${upgrade('nodejs', 60)}`
    expect(finding(diagnose('service', { changes: { upgraded } }), 'host.restart-due')).toMatchObject({
      subject: 'nginx.service',
      detail:
        'They began before libpcre2-8-0 (1.2-1 -> 1.2-2) was replaced, and use the old files until they are restarted',
    })
  })

  it('is told of the file where the login may see it', () => {
    const mapped = 'mapped\tnginx.service\t10829\t717\t/usr/lib/x86_64-linux-gnu/libcrypto.so.3\n'
    expect(
      finding(
        diagnose('service', { changes: { upgraded: `${healthy.upgraded}${mapped}` } }),
        'host.restart-due',
      ),
    ).toMatchObject({ subject: 'nginx.service', detail: expect.stringContaining('libcrypto.so.3') })
  })
})
