import { describe, expect, it } from 'vitest'
import { judge } from '../../../src/engine/verdict/judge.ts'
import type { ProbeRecord } from '../../../src/findings/probe-record.ts'
import type { Report } from '../../../src/findings/report.ts'
import { host, problems, record, recordsOf, runbook, topic } from '../sample-runbook.ts'

const finding = (id: string, severity: string, probe: string, word: string): string => `
  ${id}:
    title: ${id}
    when: ${probe}.ran && re(${probe}.out, "${word}")
    severity: ${severity}
    subject: s
    detail: d
    evidence: [{ probe: ${probe}, text: 'grep(${probe}.out, "${word}")' }]
    resolution: [Mend it]`

const database = runbook(
  topic(`parameters:
  user: { type: word, default: app, description: The role of the platform }
probes:
  app_log: { title: Log, run: tail app.log, parse: { special: dated-log }, log: { of: App, ours: ['it.contains("by our own look")'] } }
  app_log_again: { title: Log again, needs: app_log.ran, run: tail app.log, parse: { special: dated-log }, log: { of: App } }
  app_journal: { title: Journal, run: journalctl, parse: { special: dated-log }, log: { of: App } }
  pg_log:
    title: PostgreSQL's log
    privileged: [/usr/bin/tail, /var/log/pg.log]
    parse: { special: dated-log }
    log: { of: PostgreSQL, strangers: ['!it.contains(" " + param.user + "@")'] }
  pg_old_log:
    title: PostgreSQL's older log
    privileged: [/usr/bin/tail, /var/log/pg.log.1]
    parse: { special: dated-log }
    log: { of: PostgreSQL }
  disk: { title: Disk, run: df }
findings:${finding('app.quoted', 'critical', 'app_log', 'QUOTED')}${finding('app.noticed', 'info', 'app_log', 'NOTICED')}${finding('pg.refuses', 'critical', 'pg_log', 'REFUSED')}${finding('disk.full', 'critical', 'disk', 'full|Traceback')}
`),
)

const NOW = 1_795_496_538

/** "30 ERROR:app:x": an error of 30 s ago. Lines without a number of seconds have no time of their own. */
function log(...lines: readonly string[]): string {
  const dated = lines.map((line) =>
    line.replace(
      /^(\d+) /,
      (_, age) => `${new Date((NOW - Number(age)) * 1_000).toISOString().slice(0, 19)}Z `,
    ),
  )
  return [`now=${NOW} zone=+0000`, ...dated, ''].join('\n')
}

type Said = Readonly<Record<string, string | Partial<ProbeRecord>>>

function judged(said: Said, { login = 'bot' } = {}): Report {
  const records = [...database.probes.keys()].map((id) => {
    const other = id === 'app_log_again' ? { status: 'skipped' as const } : undefined
    const one = said[id] ?? other ?? (id.includes('log') || id === 'app_journal' ? log() : '')
    return record(id, typeof one === 'string' ? { stdout: one } : one)
  })
  return judge({
    runbook: database,
    parameters: { user: 'app' },
    host,
    records: recordsOf(...records),
    ms: 1,
    login,
  })
}

const unexplained = (said: Said, of = {}): string[] =>
  (judged(said, of).unexplained ?? []).map(({ of: whose, said: what, count }) => `${count} ${whose}: ${what}`)

describe('an error that no finding quotes', () => {
  it('is told once for all of its kind, with its newest line', () => {
    const [error, ...others] =
      judged({
        app_log: log(
          '300 ERROR: no pool at /srv/a 5',
          '20 ERROR: no pool at /srv/a 7',
          '200 ERROR: no pool at /srv/a 6',
        ),
      }).unexplained ?? []
    expect(others).toEqual([])
    expect(error).toEqual({
      of: 'App',
      said: 'ERROR: no pool at /srv/a 7',
      object: '/srv/a',
      count: 3,
      first: 300,
      last: 20,
      goesOn: true,
      strangers: false,
    })
  })

  it('makes a healthy host inconclusive where it goes on, and says so', () => {
    const said = { app_log: log('60 ERROR: no pool', '35 ERROR: no pool', '10 ERROR: no pool') }
    expect(judged(said)).toMatchObject({
      verdict: 'inconclusive',
      summary: 'App keeps logging an error that nothing here explains: ERROR: no pool',
      findings: [],
    })
    expect(judged({ ...said, disk: 'full' })).toMatchObject({ verdict: 'problem', summary: 'disk.full' })
    expect(judged({ ...said, disk: 'full' }).unexplained).toHaveLength(1)
    expect(judged({}).unexplained).toBeUndefined()
  })

  it.each([
    [[20, 10, 0], true],
    [[19, 10, 0], false],
    // Twice is no habit.
    [[20, 0], false],
    [[110, 30], false],
    // Each ten seconds, and overdue: it was mended.
    [[32, 22, 12], true],
    [[33, 23, 13], false],
    [[360, 240, 120], true],
    [[361, 241, 121], false],
    [[3_600, 1_800, 120], true],
    [[5], false],
    [[5, 5, 5], false],
  ])('that was said %s s ago goes on: %s', (ages, goesOn) => {
    const report = judged({ app_log: log(...ages.map((age) => `${age} ERROR: no pool`)) })
    expect(report.unexplained?.[0]?.goesOn).toBe(goesOn)
    expect(report.verdict).toBe(goesOn ? 'inconclusive' : 'healthy')
  })

  it('goes on where it is so frequent that the part of the log that was read holds no more than seconds', () => {
    const every = (seconds: number, newest = 0) =>
      Array.from({ length: 60 }, (_, i) => 59 - i)
        .map((i) => newest + Math.floor(i / 12) * seconds)
        .map((age) => `${age} ERROR: no pool`)
    expect(judged({ app_log: log(...every(2)) }).verdict).toBe('inconclusive')
    // A file and the journal both have it.
    const twice = [...every(3, 3), ...every(3, 3)]
    expect(judged({ app_log: log(...twice) }).verdict).toBe('inconclusive')
    // It was mended: the last is overdue.
    expect(judged({ app_log: log(...every(2, 60)) }).verdict).toBe('healthy')
    // One burst, in a log that goes further back.
    expect(judged({ app_log: log('500 INFO: begun', ...every(1)) }).verdict).toBe('healthy')
    expect(judged({ app_log: log(...every(0)) }).verdict).toBe('healthy')
  })

  it('of an hour ago is history', () =>
    expect(unexplained({ app_log: log('3601 ERROR: no pool') })).toEqual([]))

  it('comes first where it is about the platform, then where it goes on, then where it is frequent; the rest is left out', () => {
    const rare = Array.from({ length: 15 }, (_, i) => `900 ERROR: rare ${'abcdefghijklmno'[i]}`)
    const errors = judged({
      app_log: log(
        ...rare,
        '800 ERROR: often',
        '800 ERROR: often',
        '800 ERROR: often',
        '800 ERROR: often',
        '90 ERROR: goes on',
        '50 ERROR: goes on',
        '9 ERROR: goes on',
      ),
      pg_log: log('90 x@y FATAL:  no', '9 x@y FATAL:  no'),
    }).unexplained
    expect(errors).toHaveLength(12)
    expect(errors?.slice(0, 3).map(({ said }) => said)).toEqual([
      'ERROR: goes on',
      'ERROR: often',
      'ERROR: rare a',
    ])
  })

  it('is told once where two probes read the same log, or two logs say it', () => {
    const said = log('60 ERROR: no pool', '30 ERROR: no pool')
    expect(unexplained({ app_log: said, app_log_again: said })).toEqual(['2 App: ERROR: no pool'])
    expect(unexplained({ app_log: said, app_log_again: { status: 'timed-out' } })).toEqual([
      '2 App: ERROR: no pool',
    ])
    expect(unexplained({ app_log: said, app_journal: log('30 ERROR: no pool') })).toEqual([
      '2 App: ERROR: no pool',
    ])
  })

  it('is told of every log that a privileged probe reads', () => {
    expect(
      unexplained({ pg_log: log('9 app@a FATAL:  one'), pg_old_log: log('9 app@a FATAL:  two') }),
    ).toEqual(['1 PostgreSQL: FATAL:  one', '1 PostgreSQL: FATAL:  two'])
  })

  it.each(['terminating connection due to administrator command', 'the database system is starting up'])(
    'is none that PostgreSQL stopped or started, with what its clients make of it, unless it goes on: %s',
    (said) => {
      const server = (...ages: readonly number[]) =>
        log(...ages.map((age) => `${age} [8] app@a FATAL:  ${said}`))
      const lost = [
        '5 ERROR: GET /api failed',
        'Traceback (most recent call last):',
        `psycopg2.OperationalError: FATAL:  ${said}`,
      ]
      expect(unexplained({ pg_log: server(5, 5, 9), app_log: log(...lost) })).toEqual([])
      expect(judged({ pg_log: server(45, 25, 5) }).verdict).toBe('inconclusive')
    },
  )

  it('is not looked for in a log that was not understood or not read', () => {
    expect(judged({ app_log: 'ERROR: no pool' }).unexplained).toBeUndefined()
    expect(
      judged({ app_log: { status: 'unanswered', exitCode: 77, stdout: log('9 ERROR: x') } }).unexplained,
    ).toBeUndefined()
  })
})

describe('a finding explains', () => {
  it('the kinds that it quotes, and what stands below the line that it quotes', () => {
    expect(unexplained({ app_log: log('60 ERROR: QUOTED no pool 5', '20 ERROR: QUOTED no pool 7') })).toEqual(
      [],
    )
    expect(
      unexplained({
        app_log: log('20 ERROR: QUOTED', 'Traceback (most recent call last):', 'ValueError: x'),
      }),
    ).toEqual([])
  })

  it('what a client repeats of its server', () => {
    const said = 'password authentication REFUSED for user "app"'
    expect(
      unexplained({
        pg_log: log(`20 app@a FATAL:  ${said}`),
        app_log: log(
          '20 ERROR: GET /api failed',
          'Traceback (most recent call last):',
          `psycopg2.OperationalError: connection to "::1" failed: FATAL:  ${said}`,
        ),
      }),
    ).toEqual([])
  })

  it('no error by being a notice', () => {
    expect(unexplained({ app_log: log('20 ERROR: NOTICED no pool') })).toEqual([
      '1 App: ERROR: NOTICED no pool',
    ])
  })

  it.each([
    [
      'another table',
      'permission denied for table QUOTED_hosts',
      'permission denied for table QUOTED_hosts_old',
    ],
    [
      'another table in front',
      'hosts_QUOTED is not a table here',
      'ERROR: old_hosts_QUOTED is not a table here',
    ],
    [
      'the same system error of another file',
      'QUOTED: No such file or directory',
      'Error: No such file or directory',
    ],
    [
      'the same system error of another call',
      'QUOTED timed out (110: Connection timed out)',
      'TimeoutError: Connection timed out',
    ],
    [
      'the same of another server',
      'connect() failed (111: Connection refused), client: QUOTED, upstream: "http://127.0.0.1:5000/"',
      'ERROR: connect() failed (111: Connection refused), client: x, upstream: "http://127.0.0.1:3000/"',
    ],
    ['a word of it', 'QUOTED, the pool is empty and closed', 'ERROR: the pool'],
  ])('not %s', (_what, quoted, other) => {
    expect(
      unexplained({ app_log: log(`50 ERROR: ${quoted}`), app_journal: log(`20 ${other}`) }),
    ).toHaveLength(1)
  })

  it('no traceback by quoting the first line of another, nor what has the same line above it', () => {
    const traced = (age: number, exception: string): string[] => [
      `${age} ERROR: Exception in worker process QUOTED`,
      'Traceback (most recent call last):',
      exception,
    ]
    expect(
      unexplained({
        disk: 'full\nTraceback (most recent call last):',
        app_log: log('20 ERROR: app', 'Traceback (most recent call last):', 'KeyError: y'),
      }),
    ).toEqual(['1 App: KeyError: y'])
    expect(
      unexplained({
        app_log: log(...traced(60, 'ValueError: x')),
        app_journal: log(...traced(20, 'KeyError: y')),
      }),
    ).toEqual(['1 App: KeyError: y'])
  })
})

describe('an error that a look of ours caused', () => {
  it('is not told, though it comes with every look', () => {
    const caused = log(
      '60 ERROR: x, by our own look',
      '40 ERROR: x, by our own look',
      '20 ERROR: x, by our own look',
    )
    const report = judged({ app_log: caused })
    expect(report.verdict).toBe('healthy')
    expect(report.unexplained).toBeUndefined()
    expect(judged({ app_journal: caused }).unexplained).toHaveLength(1)
  })
})

describe('an error of somebody else', () => {
  const foreign = log('60 x@y FATAL:  no such', '40 x@y FATAL:  no such', '20 x@y FATAL:  no such')

  it('is told and doubts nothing', () => {
    const report = judged({ pg_log: foreign })
    expect(report.verdict).toBe('healthy')
    expect(report.unexplained).toMatchObject([{ strangers: true, goesOn: true }])
  })

  it('is of the platform where one of its lines is', () => {
    const report = judged({
      pg_log: log('60 x@y FATAL:  no such', '40 app@y FATAL:  no such', '20 x@y FATAL:  no such'),
    })
    expect(report).toMatchObject({
      verdict: 'inconclusive',
      unexplained: [{ strangers: false, goesOn: true }],
    })
  })

  it("is not told where it is the bot's own, with all that belongs to it", () => {
    const own = log(
      '60 [812] bot@y ERROR:  permission denied for table x',
      'permission denied',
      '20 [812] bot@y ERROR:  permission denied for table x',
    )
    expect(judged({ pg_log: own }).unexplained).toBeUndefined()
  })

  it('is told where the bot has the login of the platform', () => {
    const said = log(
      '60 [812] app@y ERROR:  permission denied for table x',
      '40 [812] app@y ERROR:  permission denied for table x',
      '20 [812] app@y ERROR:  permission denied for table x',
    )
    expect(judged({ pg_log: said }, { login: 'app' }).verdict).toBe('inconclusive')
  })
})

describe('a log in a runbook', () => {
  const probe = (more: string): string[] =>
    problems(
      topic(`probes:
  said: { title: Log, run: tail, log: { of: App }, ${more} }
findings:
  a.b: { title: t, severity: critical, when: said.ran, subject: s, detail: d, evidence: [said], resolution: [r] }
`),
    )

  it('is of a probe whose lines have times and may be shown', () => {
    expect(probe('parse: { special: dated-log }')).toEqual([])
    expect(probe('parse: lines').join()).toContain('`log` goes with `parse: { special: dated-log }`')
    expect(probe('parse: { special: dated-log }, expose: false').join()).toContain(
      '`log` does not go with `expose: false`',
    )
  })
})
