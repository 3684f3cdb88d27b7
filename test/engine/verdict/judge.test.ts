import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { reportSchema } from '../../../src/engine/report-schema.ts'
import { judge } from '../../../src/engine/verdict/judge.ts'
import type { ProbeRecord } from '../../../src/findings/probe-record.ts'
import type { Report } from '../../../src/findings/report.ts'
import { host, record, recordsOf, runbook, topic } from '../sample-runbook.ts'

const machine = `version: 1
part: host
description: The machine
probes:
  disk:
    title: Disk space
    run: df -P
    parse: { special: df }
  swap: { title: Swap, run: swapon }
findings:
  host.disk-full:
    title: \${it.mount} is full
    because: its disk is full
    each: disk.rows
    when: it.percent >= 98
    severity: critical
    subject: \${it.mount}
    detail: \${it.mount} is \${it.percent} % used (\${bytes(it.available)} free of \${bytes(it.total)})
    evidence: [{ probe: disk, text: 'grep(disk.out, "%").filter(l, l.endsWith(it.mount))' }]
    resolution: ['Free space on \${it.mount}']
  host.swapping:
    title: the host swaps
    when: swap.exit == 1
    severity: warning
    subject: swap
    detail: exit \${swap.exit}
    evidence: [swap]
    resolution: [Add memory]
`
const database = topic(`include: [host]
parameters:
  unit: { type: unit, default: postgresql.service, description: The unit }
probes:
  unit:
    title: Unit
    run: systemctl show {{unit}}
    parse: { keyValue: { fields: { ActiveState: string } } }
    grant: usermod -aG adm \${login}
  log:
    title: PostgreSQL log
    privileged: [/usr/bin/tail, -n, '20', '/var/log/{{unit}}:*.log']
    needs: facts.down
    timeout: 7s
  psql: { title: SQL, run: psql, package: postgresql-client, expose: false }
facts:
  down: unit.fields.ActiveState != "active"
fixes:
  restart: { title: Restart, steps: [[/usr/bin/systemctl, restart, '{{unit}}']], effect: e, risk: r }
findings:
  postgresql.down:
    title: PostgreSQL is down
    when: facts.down
    severity: critical
    subject: \${param.unit}
    detail: ActiveState is \${unit.fields.ActiveState}
    evidence: [unit]
    resolution: ['systemctl restart \${param.unit}']
    fix: restart
    explainedBy: [host.disk-full, postgresql.bad-config]
  postgresql.bad-config:
    title: its configuration is bad
    because: its configuration is bad
    when: log.ran && re(log.out, "FATAL")
    severity: critical
    subject: \${param.unit}
    detail: \${first(grep(log.out, "FATAL"))}
    evidence: [{ probe: log, text: 'grep(log.out, "FATAL")' }]
    resolution: [Mend it]
  api.error:
    title: the API answers 500
    when: psql.installed && psql.exit == 3
    refutedBy: log.out.contains("served 200")
    severity: warning
    subject: api
    detail: exit \${psql.exit}
    evidence: [psql]
    resolution: [See the cause]
    explainedBy: [postgresql.down, host.disk-full]
  note.old-crash:
    title: it crashed on \${host.name} long ago
    when: unit.out.contains("crash")
    severity: info
    subject: unit
    detail: x
    evidence: [unit]
    resolution: [Nothing]
`)
const db = runbook(database, machine)

const df = (percent: number, mount = '/var') =>
  `/dev/a 1000 ${percent * 10} ${1000 - percent * 10} ${percent}% ${mount}\n`
const disk = (...lines: readonly string[]) =>
  record('disk', { stdout: `Filesystem 1024-blocks Used Available Capacity Mounted on\n${lines.join('')}` })
const good = {
  disk: disk(df(40)),
  swap: record('swap'),
  unit: record('unit', { stdout: 'ActiveState=active\n' }),
  log: record('log', { status: 'skipped', exitCode: null }),
  psql: record('psql'),
}
type Answers = Partial<Record<keyof typeof good, ProbeRecord>>

const parameters = { unit: 'postgresql@15-main.service' }
const judged = (answers: Answers = {}, login = 'debvisor'): Report => {
  const records = recordsOf(...Object.values({ ...good, ...answers }))
  return judge({ runbook: db, parameters, host, records, ms: 1200, login })
}
const failed = record('unit', { stdout: 'ActiveState=failed\n' })
const story = (report: Report) =>
  report.findings.map(({ id, role, subject, explainedBy }) =>
    [role, id, subject, ...(explainedBy ?? [])].join(' '),
  )
const silent = (id: string, more: Partial<ProbeRecord> = {}) =>
  record(id, { status: 'timed-out', exitCode: null, reason: 'no answer within 10 s', ...more })

describe('healthy', () => {
  it('is a host on which every cause is ruled out', () => {
    const report = judged()
    expect(report.verdict).toBe('healthy')
    expect(report.summary).toBe('nothing wrong found: 5 causes ruled out')
    expect(report.findings).toEqual([])
    expect(report.unknown).toEqual([])
    expect(report.ruledOut).toEqual([
      { id: 'host.disk-full', title: 'host: disk full' },
      { id: 'host.swapping', title: 'the host swaps' },
      { id: 'postgresql.down', title: 'PostgreSQL is down' },
      { id: 'postgresql.bad-config', title: 'its configuration is bad' },
      { id: 'api.error', title: 'the API answers 500' },
    ])
    expect(report.probes[3]).toEqual({ id: 'log', status: 'skipped', exitCode: null, ms: 5 })
  })

  it('is a host with an oddity, which is noted', () => {
    const report = judged({ unit: record('unit', { stdout: 'ActiveState=active\ncrash\n' }) })
    expect(report.verdict).toBe('healthy')
    expect(story(report)).toEqual(['notice note.old-crash unit'])
    expect(report.findings[0]?.title).toBe('it crashed on host1 long ago')
  })

  it('says what could not be looked at even if no critical finding hangs on it', () => {
    const report = judged({ swap: silent('swap', { status: 'unanswered' }) })
    expect(report.verdict).toBe('healthy')
    expect(report.summary).toBe('nothing wrong found: 4 causes ruled out, could not look at swap')
    expect(report.unknown.map(({ probe }) => probe)).toEqual(['swap'])
  })

  it.each(['timed-out', 'cut', 'lost'] as const)('is not said after an answer that was %s', (status) => {
    const report = judged({ swap: silent('swap', { status }) })
    expect(report).toMatchObject({ verdict: 'inconclusive', summary: 'could not look at swap' })
  })

  it('is one whose only finding is refuted, which counts as ruled out', () => {
    const psql = record('psql', { exitCode: 3 })
    const served = judged({ psql, log: record('log', { stdout: 'served 200\n' }) })
    expect(served).toMatchObject({ verdict: 'healthy', findings: [] })
    expect(served.ruledOut.map(({ id }) => id)).toContain('api.error')
    for (const log of [record('log', { stdout: 'x\n' }), silent('log')])
      expect(story(judged({ psql, log }))).toContain('cause api.error api')
  })

  it('leaves nothing open that is refuted, whatever could not be asked', () => {
    const report = judged({ psql: silent('psql'), log: record('log', { stdout: 'served 200\n' }) })
    expect(report.ruledOut.map(({ id }) => id)).toContain('api.error')
    const open = judged({ psql: silent('psql'), log: record('log', { stdout: 'x\n' }) })
    expect(open.ruledOut.map(({ id }) => id)).not.toContain('api.error')
  })

  it('takes a program that is not installed as evidence', () => {
    expect(judged({ psql: record('psql', { status: 'not-installed', exitCode: 127 }) }).verdict).toBe(
      'healthy',
    )
  })
})

describe('a problem', () => {
  it('is told from its cause along its consequences', () => {
    const report = judged({
      disk: disk(df(100, '/var/lib/postgresql'), df(50), df(99, '/srv')),
      unit: failed,
      log: record('log', { stdout: 'x\n' }),
      psql: record('psql', { exitCode: 3, stdout: 'secret\n' }),
    })
    expect(report.verdict).toBe('problem')
    expect(story(report)).toEqual([
      'cause host.disk-full /var/lib/postgresql',
      'cause host.disk-full /srv',
      'consequence postgresql.down postgresql@15-main.service host.disk-full',
      'consequence api.error api postgresql.down',
    ])
    expect(report.summary).toBe('the API answers 500 because its disk is full')
    expect(report.findings[0]).toMatchObject({
      title: '/var/lib/postgresql is full',
      detail: '/var/lib/postgresql is 100 % used (0 B free of 1000 KB)',
      evidence: [{ probe: 'disk', text: '/dev/a 1000 1000 0 100% /var/lib/postgresql' }],
      resolution: ['Free space on /var/lib/postgresql'],
    })
    expect(report.findings[2]).toMatchObject({
      detail: 'ActiveState is failed',
      evidence: [{ probe: 'unit', text: 'ActiveState=failed' }],
      resolution: ['systemctl restart postgresql@15-main.service'],
      fix: 'restart',
    })
    expect(report.ruledOut.map(({ id }) => id)).toEqual(['host.swapping', 'postgresql.bad-config'])
  })

  it('never quotes the output of a probe that is not to be shown', () => {
    const report = judged({ psql: record('psql', { exitCode: 3, stdout: 'secret\n' }) })
    expect(report.findings[0]?.evidence).toEqual([
      { probe: 'psql', text: 'SQL: exit status 3 (its output is not shown)' },
    ])
  })

  it('has a headline about what the topic is about', () => {
    const answers = {
      disk: disk(df(100)),
      unit: failed,
      log: record('log'),
      psql: record('psql', { exitCode: 3 }),
    }
    const about = (area: string, given: Answers) => {
      const asked = runbook(database.replace('include:', `about: [${area}]\ninclude:`), machine)
      const records = recordsOf(...Object.values({ ...good, ...given }))
      return judge({ runbook: asked, parameters, host, records, ms: 1, login: 'x' }).summary
    }
    expect(about('postgresql', answers)).toBe('PostgreSQL is down because its disk is full')
    expect(about('api', answers)).toBe('the API answers 500 because its disk is full')
    expect(about('host', answers)).toBe('/var is full')
    expect(about('other', answers)).toBe('the API answers 500 because its disk is full')
    expect(about('postgresql', { ...answers, disk: good.disk })).toBe('PostgreSQL is down')
  })

  it('has the cause alone as its headline where nothing follows from it', () => {
    expect(judged({ disk: disk(df(100)) }).summary).toBe('/var is full')
    expect(judged({ swap: record('swap', { exitCode: 1 }) }).summary).toBe('the host swaps')
  })

  it('has the most severe cause first, then the one that explains most, and what follows below all of them', () => {
    const causes = judged({
      disk: disk(df(100)),
      swap: record('swap', { exitCode: 1 }),
      unit: failed,
      log: record('log', { stdout: 'FATAL:  bad\n' }),
    })
    expect(story(causes)).toEqual([
      'cause host.disk-full /var',
      'cause postgresql.bad-config postgresql@15-main.service',
      'cause host.swapping swap',
      'consequence postgresql.down postgresql@15-main.service host.disk-full postgresql.bad-config',
    ])
  })

  it('has a consequence of two causes under the one that its author names first', () => {
    const finding = (id: string, explainedBy: string) =>
      `  ${id}:\n    { title: ${id}, severity: critical, when: look.exit == 0, subject: s, detail: d, evidence: [look], resolution: [r], explainedBy: [${explainedBy}] }\n`
    const both = runbook(
      topic(
        `probes:\n  look: { title: Look, run: look }\nfindings:\n${finding('db.stopped', '')}${finding('port.taken', '')}${finding('db.down', 'db.stopped')}${finding('api.down', 'db.down')}${finding('service.failed', 'port.taken, db.stopped')}`,
      ),
    )
    const records = recordsOf(record('look'))
    expect(story(judge({ runbook: both, parameters: {}, host, records, ms: 1, login: 'debvisor' }))).toEqual([
      'cause db.stopped s',
      'cause port.taken s',
      'consequence db.down s db.stopped',
      'consequence api.down s db.down',
      'consequence service.failed s port.taken db.stopped',
    ])
  })

  it('stays one while something else is unknown, which is listed', () => {
    const report = judged({ disk: silent('disk'), unit: failed, log: record('log') })
    expect([report.verdict, report.summary]).toEqual(['problem', 'PostgreSQL is down'])
    expect(report.unknown.map(({ probe }) => probe)).toEqual(['disk'])
  })

  it('quotes the beginning of long output only', () => {
    const stdout = `ActiveState=failed\n${'x'.repeat(400)}\n\n${'line\n'.repeat(10)}`
    const [down] = judged({ unit: record('unit', { stdout }), log: record('log') }).findings
    expect(down?.evidence[0]?.text.split('\n')).toEqual([
      'ActiveState=failed',
      `${'x'.repeat(300)}…`,
      'line',
      'line',
      'line',
    ])
  })

  it('quotes stderr where the probe had nothing else to say', () => {
    const [swapping] = judged({ swap: record('swap', { exitCode: 1, stderr: 'swapon: oh\n' }) }).findings
    expect(swapping?.evidence).toEqual([{ probe: 'swap', text: 'swapon: oh' }])
  })
})

describe('inconclusive', () => {
  const remedy = (answers: Answers) => {
    const report = judged(answers)
    expect(report.verdict).toBe('inconclusive')
    return report.unknown
  }

  it('is a host of which a critical cause could not be looked at', () => {
    const report = judged({
      disk: silent('disk'),
      unit: silent('unit', { status: 'lost' }),
      log: silent('log'),
    })
    expect(report.verdict).toBe('inconclusive')
    expect(report.summary).toBe('could not look at disk space, unit, PostgreSQL log')
  })

  it('says why, and what would allow it', () => {
    expect(remedy({ disk: silent('disk') })).toEqual([
      {
        probe: 'disk',
        reason: 'no answer within 10 s',
        remedy: 'check again when the host is less busy, or run it by hand to see where it waits: run disk',
      },
    ])
    expect(
      remedy({
        unit: record('unit', { status: 'unanswered', exitCode: 1, reason: 'exit status 1: denied' }),
      }),
    ).toEqual([{ probe: 'unit', reason: 'exit status 1: denied', remedy: 'usermod -aG adm debvisor' }])
    expect(remedy({ unit: record('unit', { status: 'unanswered', exitCode: 69 }) })[0]?.remedy).toBe(
      'nothing is to be granted; check again once that runs',
    )
    const stderr = 'openssl is not installed, so nothing can be asked over TLS\n'
    expect(remedy({ unit: record('unit', { status: 'unanswered', exitCode: 69, stderr }) })[0]?.remedy).toBe(
      'sudo apt install openssl',
    )
    expect(remedy({ disk: record('disk', { status: 'cut', exitCode: null }) })[0]?.remedy).toBe(
      'run it by hand, with less output: run disk',
    )
    expect(remedy({ disk: record('disk', { status: 'lost', exitCode: null }) })[0]).toMatchObject({
      reason: 'the connection ended before it answered',
      remedy: 'check again; if the connection ends again, look at the network and at sshd on the host',
    })
    const reason = 'the probe program ended with status 0 on the host: fork: Resource temporarily unavailable'
    expect(remedy({ disk: record('disk', { status: 'lost', exitCode: null, reason }) })[0]?.remedy).toMatch(
      /^see what limits the processes of debvisor: DefaultTasksMax= in /,
    )
    expect(remedy({ disk: silent('disk', { leftover: 2 }) })[0]?.remedy).toBe(
      '2 processes still run on the host; end them, then check again',
    )
  })

  it('gives the exact sudoers line', () => {
    const log = record('log', { status: 'refused', exitCode: 1, reason: 'a password is required' })
    expect(remedy({ log })).toEqual([
      {
        probe: 'log',
        reason: 'a password is required',
        remedy:
          'add with visudo: debvisor ALL=(root) TIMEOUT=7s NOPASSWD:NOEXEC: /usr/bin/tail -n 20 /var/log/postgresql@15-main.service\\:\\*.log',
      },
    ])
  })

  it('names the probe that left open whether another was needed', () => {
    const log = record('log', {
      status: 'unanswered',
      exitCode: null,
      command: '',
      reason: 'whether it is needed is not known',
    })
    expect(remedy({ unit: silent('unit'), log }).map(({ probe }) => probe)).toEqual(['unit'])
  })

  it('quotes an answer that is not understood', () => {
    expect(remedy({ disk: record('disk', { stdout: 'df: no such file\n' }) })).toEqual([
      {
        probe: 'disk',
        reason: 'expected the header of df -P, found "df: no such file"',
        remedy: "see its whole output, and mend the probe's `parse` in the runbook",
      },
    ])
  })

  it('does not quote it where the probe is not to be shown', () => {
    const secret = runbook(database, machine.replace('run: df -P\n', 'run: df -P\n    expose: false\n'))
    const records = recordsOf(...Object.values({ ...good, disk: record('disk', { stdout: 'secret\n' }) }))
    const report = judge({ runbook: secret, parameters, host, records, ms: 1, login: 'x' })
    expect(report.unknown.map(({ reason }) => reason)).toEqual(['its answer is not understood'])
    expect(JSON.stringify(report)).not.toContain('secret')
  })

  it('grants root nothing: what root cannot read is not there', () => {
    const answers = { unit: record('unit', { status: 'unanswered', exitCode: 77 }) }
    expect(judged(answers, 'root').unknown[0]?.remedy).toBe('run it by hand to see why: run unit')
  })

  it('grants nothing where the program says that something else went wrong', () => {
    const failed = (stderr: string) => ({
      unit: record('unit', { status: 'unanswered', exitCode: 2, stderr }),
    })
    const remedyOf = (stderr: string) => judged(failed(stderr), 'bot').unknown[0]?.remedy
    expect(remedyOf('psql: error: FATAL:  sorry, too many clients already')).toBe(
      'run it by hand to see why: run unit',
    )
    expect(remedyOf('ERROR:  permission denied for view pg_stat_activity')).not.toContain('by hand')
    expect(remedyOf('')).not.toContain('by hand')
  })

  it('gives a script of several lines as one that can be pasted', () => {
    const command = 'show a \\\n  -p b |\n  sort\nif x; then\n  y\nfi\n'
    expect(remedy({ disk: record('disk', { status: 'cut', exitCode: null, command }) })[0]?.remedy).toBe(
      'run it by hand, with less output: show a -p b | sort; if x; then y; fi',
    )
  })

  it('says what an answer lacks', () => {
    const [lacking] = remedy({ disk: disk('/dev/b 0 0 0 - /boot\n', df(40)) })
    expect(lacking?.reason).toBe(
      'its answer does not say whether this holds: host: disk full (it has no `percent`)',
    )
  })

  it('is a host of which nothing was asked', () => {
    const report = judge({ runbook: db, parameters, host, records: new Map(), ms: 0, login: 'x' })
    expect(report.verdict).toBe('inconclusive')
    expect(report.unknown[0]).toMatchObject({ probe: 'disk', reason: 'it was not run' })
  })

  it('is not hidden by a program that is not installed where the runbook did not think of it', () => {
    const [unit] = remedy({ unit: record('unit', { status: 'not-installed', exitCode: 127 }) })
    expect(unit).toEqual({
      probe: 'unit',
      reason: 'the program is not installed on the host',
      remedy: 'install the program',
    })
  })
})

/** Any answers at all, to all probes. Only a probe with `needs` is ever skipped. */
const answer = (
  id: keyof typeof good,
  outputs: readonly string[],
  statuses: readonly ProbeRecord['status'][] = ['not-installed'],
) =>
  fc
    .record({
      status: fc.constantFrom<ProbeRecord['status']>('answered', 'answered', 'answered', ...statuses),
      exitCode: fc.constantFrom(0, 1, 3),
      stdout: fc.oneof(fc.constantFrom(...outputs), fc.string()),
    })
    .map((more) => record(id, more))
const anyAnswers = fc.record({
  disk: answer('disk', [good.disk.stdout, disk(df(100)).stdout, disk(df(99), df(3, '/srv')).stdout]),
  swap: answer('swap', ['']),
  unit: answer('unit', ['ActiveState=active', 'ActiveState=failed', 'crash']),
  log: answer('log', ['', 'FATAL: x'], ['not-installed', 'skipped']),
  psql: answer('psql', ['']),
})

describe('whatever the host answers', () => {
  it('judges the same again, in whatever order the answers came', () => {
    fc.assert(
      fc.property(anyAnswers, (answers) => {
        const backwards = recordsOf(...Object.values(answers).reverse())
        const again = judge({
          runbook: db,
          parameters,
          host,
          records: backwards,
          ms: 1200,
          login: 'debvisor',
        })
        expect(again).toEqual(judged(answers))
      }),
    )
  })

  it('reports what its schema says, with evidence for every finding', () => {
    fc.assert(
      fc.property(anyAnswers, (answers) => {
        const report = judged(answers)
        expect(reportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report)
        for (const finding of report.findings) expect(finding.evidence.length).toBeGreaterThan(0)
        const consequences = report.findings.filter(({ role }) => role === 'consequence')
        if (consequences.length > 0) expect(report.findings[0]?.role).toBe('cause')
      }),
    )
  })

  it('never turns greener, nor finds anything new, when an answer is missing', () => {
    const bad = fc.constantFrom<ProbeRecord['status'] | 'absent'>(
      'timed-out',
      'refused',
      'cut',
      'lost',
      'unanswered',
      'absent',
    )
    const lost = fc.array(fc.tuple(fc.constantFrom('disk', 'swap', 'unit', 'log', 'psql'), bad), {
      minLength: 1,
    })
    fc.assert(
      fc.property(anyAnswers, lost, (answers, without) => {
        const records = recordsOf(...Object.values(answers))
        for (const [id, status] of without) {
          // A probe that was not needed has no answer to miss: a recording that is older than it does not have it.
          if (status === 'absent' && records.get(id)?.status === 'skipped') continue
          if (status === 'absent') records.delete(id)
          else records.set(id, record(id, { status, exitCode: null }))
        }
        const before = judged(answers)
        const after = judge({ runbook: db, parameters, host, records, ms: 1, login: 'x' })
        const found = ({ findings }: Report) => findings.map(({ id, subject }) => `${id} ${subject}`)
        expect(found(before)).toEqual(expect.arrayContaining(found(after)))
        const ruled = ({ ruledOut }: Report) => ruledOut.map(({ id }) => id)
        expect(ruled(before)).toEqual(expect.arrayContaining(ruled(after)))
        const critical = before.findings.some(({ severity }) => severity === 'critical')
        if (critical || before.verdict === 'inconclusive') expect(after.verdict).not.toBe('healthy')
        if (before.verdict !== 'problem') expect(after.verdict).not.toBe('problem')
        if (before.verdict === 'problem' && after.verdict === 'healthy')
          expect(after.summary).toContain('could not look at')
      }),
      { numRuns: 500 },
    )
  })
})
