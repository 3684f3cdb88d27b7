import { describe, expect, it } from 'vitest'
import { type Changes, causes, diagnose, finding } from './diagnosis.ts'
import { healthy } from './healthy.ts'

/** What silently gives DebVisor something else than what it has: no statement fails, or only now and then. */

const looking = (...rows: readonly string[]): Changes => ({
  pg_look: `${healthy.pg_look}${rows.map((row) => `${row}\n`).join('')}`,
})
const session = (value: string): Changes => ({
  db_settings: `${healthy.db_settings}session\t${value}\t/opt/debvisor/.env:7\n`,
})
const lines = (times: number, text: string): Changes => ({
  said: `now=1795496538 zone=+0000\n${Array.from({ length: times }, (_, at) => `2026-11-24 05:02:1${at},001 ERROR debvisor: ${text}\n`).join('')}`,
})
const notices = (changes: Changes) =>
  diagnose('db', { changes })
    .findings.filter(({ role }) => role === 'notice')
    .map(({ id }) => id)

describe('a name that two schemas of its search path have', () => {
  const shadow = (number: number, role = 'debvisor') =>
    looking(`shadow,hosts,for ${role}: debvisor.hosts comes before public.hosts,${number}`)

  it('is told where the first one is empty and hides rows', () => {
    const report = diagnose('db', { changes: shadow(1) })
    expect(causes(report)).toEqual(['postgresql.table-shadowed'])
    expect(finding(report, 'postgresql.table-shadowed')).toMatchObject({
      subject: 'table hosts',
      detail: expect.stringContaining('debvisor.hosts comes before public.hosts'),
    })
  })

  it('is a notice where the first one has rows', () => {
    expect(diagnose('db', { changes: shadow(0) }).verdict).toBe('healthy')
    expect(notices(shadow(0))).toContain('postgresql.table-twice')
  })

  it.each([
    ['of another role', shadow(1, 'report')],
    [
      'where its sessions have a search path of their own',
      { ...shadow(1), ...session('search_path=public') },
    ],
  ])('is nothing %s', (_, changes) => {
    expect(diagnose('db', { changes }).verdict).toBe('healthy')
    expect(notices(changes)).not.toContain('postgresql.table-twice')
  })
})

describe('fewer digits than PostgreSQL has', () => {
  it.each([
    ['its database', looking('role,all roles in debvisor,extra_float_digits=-15,0')],
    ['its role', looking('role,debvisor in all databases,extra_float_digits=-3,0')],
    ['the server', looking('server,extra_float_digits,-2,0')],
    ['its environment', session('extra_float_digits=-1')],
  ])('are told where %s wants them', (_, changes) => {
    const report = diagnose('db', { changes })
    expect(causes(report)).toEqual(['postgresql.digits-cut'])
    expect(finding(report, 'postgresql.digits-cut').subject).toBe('extra_float_digits')
  })

  it.each([
    ['another role', looking('role,report in debvisor,extra_float_digits=-15,0')],
    ['another database', looking('role,all roles in metrics,extra_float_digits=-15,0')],
    ['more of them', looking('role,debvisor in all databases,extra_float_digits=3,0')],
    [
      'what its own role takes back',
      looking(
        'role,all roles in debvisor,extra_float_digits=-15,0',
        'role,debvisor in all databases,extra_float_digits=1,0',
      ),
    ],
  ])('are none with %s', (_, changes) => {
    expect(diagnose('db', { changes }).verdict).toBe('healthy')
  })
})

describe('a stricter isolation', () => {
  const strict = looking('role,debvisor in all databases,default_transaction_isolation=repeatable read,0')
  const conflict = 'psycopg2.errors.SerializationFailure: could not serialize access due to concurrent update'

  it('is the cause where statements fail of it', () => {
    const report = diagnose('db', { changes: { ...strict, ...lines(4, conflict) } })
    expect(causes(report)).toEqual(['postgresql.conflicts'])
    expect(finding(report, 'postgresql.conflicts')).toMatchObject({
      subject: 'default_transaction_isolation',
      detail: expect.stringContaining('repeatable read of debvisor in all databases; 4 statements failed'),
    })
  })

  it('is a notice where none does, or one', () => {
    for (const changes of [strict, { ...strict, ...lines(1, conflict) }]) {
      expect(diagnose('db', { changes }).verdict).toBe('healthy')
      expect(notices(changes)).toContain('postgresql.isolation-set')
    }
  })

  it('is none where it is the usual one', () => {
    const usual = looking('role,debvisor in all databases,default_transaction_isolation=read committed,0')
    expect(notices(usual)).toEqual(notices({}))
  })
})

describe('an unlogged table', () => {
  const unlogged = (recovered: number) =>
    looking(`unlogged,metrics,12 rows were added since its counters began,${recovered}`)

  it('is told where a recovery emptied it', () => {
    const report = diagnose('db', { changes: unlogged(40) })
    expect(causes(report)).toEqual(['postgresql.unlogged-emptied'])
    expect(finding(report, 'postgresql.unlogged-emptied')).toMatchObject({
      subject: 'table metrics',
      detail: expect.stringContaining('metrics is unlogged'),
    })
  })

  it.each(['app.page_cache', 'sessions', 'tmp_import', 'import.temp'])(
    'is a notice where it may be lost: %s',
    (name) => {
      const changes = looking(`unlogged,${name},12 rows were added since its counters began,40`)
      expect(diagnose('db', { changes }).verdict).toBe('healthy')
      expect(notices(changes)).toContain('postgresql.unlogged')
    },
  )

  it('is told though its name begins like that of one that may be lost', () => {
    const changes = looking('unlogged,temperatures,12 rows were added since its counters began,40')
    expect(causes(diagnose('db', { changes }))).toEqual(['postgresql.unlogged-emptied'])
  })

  it.each([-1, 90_000])('is a notice where none did lately: %i', (recovered) => {
    expect(diagnose('db', { changes: unlogged(recovered) }).verdict).toBe('healthy')
    expect(notices(unlogged(recovered))).toContain('postgresql.unlogged')
  })
})

describe('sessions that wait for a lock', () => {
  const waiting = (waits: string): Changes => ({
    pg_activity: `525,postgres,debvisor,inventory-sync,local,active,Timeout,23,23,23,,SELECT pg_sleep(500)
509,debvisor,debvisor,api,::1,active,${waits},22,22,22,525,UPDATE hosts SET seen_at = now()
540,debvisor,debvisor,api,::1,active,Lock: tuple,10,10,10,509,UPDATE hosts SET seen_at = now()
`,
  })

  it.each([
    ['Lock: advisory (key 7311)', 'for a lock of kind advisory (key 7311), behind: SELECT pg_sleep(500)'],
    ['Lock: relation', 'for a lock of kind relation, behind'],
    ['Lock', 'the longest for 22 s, behind'],
  ])('are told with its kind: %s', (waits, detail) => {
    const report = diagnose('db', { changes: waiting(waits) })
    expect(finding(report, 'postgresql.blocked')).toMatchObject({
      role: 'cause',
      subject: 'pid 525 (postgres, inventory-sync)',
      detail: expect.stringContaining(detail),
    })
  })
})

describe('sessions that are ended', () => {
  const ended = (ages: readonly number[], who = 'debvisor@debvisor ') => {
    const at = (age: number) =>
      new Date((1795496538 - age) * 1000).toISOString().slice(0, 19).replace('T', ' ')
    const text = ages
      .map(
        (age, pid) =>
          `${at(age)}.001 UTC [${pid}] ${who}FATAL:  terminating connection due to administrator command\n`,
      )
      .join('')
    return { pg_said: `now=1795496538 zone=+0000\n${text}` }
  }
  const lost = lines(3, 'psycopg2.OperationalError: SSL connection has been closed unexpectedly')
  const timer = (period: number) => ({
    timers: `${healthy.timers}old-files.timer\tactive\twaiting\tenabled\t1\t1\t2\t${period}\t0\told-files.service\tloaded\tinactive\tsuccess\t0\t2\t0\t/usr/local/bin/old-files\n`,
  })

  it('again and again are told, with the timer of that pace', () => {
    const report = diagnose('db', { changes: { ...ended([14, 11, 8, 5, 2]), ...lost, ...timer(3) } })
    expect(causes(report)).toEqual(['postgresql.reaper'])
    expect(finding(report, 'postgresql.reaper').subject).toBe('old-files.timer')
    expect(finding(report, 'postgresql.sessions-ended').explainedBy).toEqual(['postgresql.reaper'])
  })

  it.each([
    ['whose pace no timer has', timer(50)],
    ['where there is no timer', {}],
  ])('%s are told with who may do so', (_, changes) => {
    const report = diagnose('db', { changes: { ...ended([14, 11, 8, 5, 2]), ...lost, ...changes } })
    expect(causes(report)).toEqual(['postgresql.sessions-ended'])
  })

  it('are not looked for in a closed log where DebVisor loses none', () => {
    const pg_said = { status: 'unanswered', exitCode: 77, stdout: '' } as const
    expect(diagnose('db', { changes: { pg_said, ...timer(3) } }).verdict).toBe('healthy')
  })

  it.each([
    ['at one moment', { ...ended([9, 9, 9, 9]), ...lost }],
    ['by hand, twice', { ...ended([90, 9]), ...lost }],
    ['and are of another role', { ...ended([14, 11, 8, 5, 2], 'report@report '), ...lost }],
    ['without that DebVisor loses one', ended([14, 11, 8, 5, 2])],
    ['of an hour ago', { ...ended([3614, 3611, 3608]), ...lost }],
  ])('are nothing %s', (_, changes) => {
    const ids = diagnose('db', { changes: { ...changes, ...timer(3) } }).findings.map(({ id }) => id)
    expect(ids).not.toContain('postgresql.sessions-ended')
    expect(ids).not.toContain('postgresql.reaper')
  })
})

describe('what takes the place of a built-in', () => {
  const first =
    'eclipse,public.now(),"for debvisor: the function public.now() comes before the built-in one (search_path public, pg_catalog)",1'
  const there = 'eclipse,public.now(),the function public.now() goes by the name of a built-in one,0'

  it.each([
    ['by the search path of its role', looking(first, there)],
    ['by that of its sessions', { ...looking(there), ...session('search_path=public, pg_catalog') }],
  ])('is told %s', (_, changes) => {
    const report = diagnose('db', { changes })
    expect(causes(report)).toEqual(['postgresql.built-in-shadowed'])
    expect(finding(report, 'postgresql.built-in-shadowed')).toMatchObject({
      title: "public.now() takes the place of PostgreSQL's own for DebVisor",
      subject: 'public.now(), search_path',
    })
  })

  it.each([
    ['another role finds it', looking(first.replace('for debvisor', 'for report'), there)],
    ['pg_catalog comes first', looking(there)],
    [
      'its sessions have pg_catalog first',
      { ...looking(first, there), ...session('search_path=pg_catalog, public') },
    ],
    [
      'its sessions have another schema',
      { ...looking(first, there), ...session('search_path=app, pg_catalog') },
    ],
  ])('is nothing where %s', (_, changes) => {
    expect(diagnose('db', { changes }).verdict).toBe('healthy')
  })
})

describe('a table that inherits from one of its tables', () => {
  const heir = (shared: number) =>
    looking(
      `heir,hosts_import,"inherits from hosts and has 8 rows; of the first 100, ${shared} have the primary key (id) of a row of hosts",${shared}`,
    )

  it('is why rows are there twice where both have the same keys', () => {
    const report = diagnose('db', { changes: heir(8) })
    expect(causes(report)).toEqual(['postgresql.rows-inherited'])
    expect(finding(report, 'postgresql.rows-inherited')).toMatchObject({
      title: 'Users see rows twice: hosts_import inherits from hosts',
      resolution: expect.arrayContaining([
        expect.stringContaining('ALTER TABLE hosts_import NO INHERIT hosts;'),
      ]),
    })
  })

  it.each([
    ['its keys are its own', heir(0)],
    ['nobody let us count', looking('heir,hosts_import,inherits from hosts and has 8 rows,-1')],
  ])('is a notice where %s', (_, changes) => {
    expect(diagnose('db', { changes }).verdict).toBe('healthy')
    expect(notices(changes)).toContain('postgresql.heir-found')
  })
})

describe('rows of a table that inherits, which nobody let us count', () => {
  const heir = looking('heir,hosts_import,inherits from hosts and has 8 rows,-1')
  const twice = (path: string): Changes => ({
    answers: `asked\t${path}\t200\t200\tapplication/json\ntwice\t${path}\t8\t16\tid\nend\t\t0\t\tanswers\n`,
  })

  it('are there twice where the API gives ids twice', () => {
    const report = diagnose('db', { changes: { ...heir, ...twice('/api/v1/hosts') } })
    expect(causes(report)).toEqual(['postgresql.rows-twice'])
    expect(finding(report, 'postgresql.rows-twice').detail).toContain(
      '8 of 16 entries have an id that was there before',
    )
  })

  it.each([
    ['another list has them', { ...heir, ...twice('/api/v1/alerts') }],
    ['nothing inherits', twice('/api/v1/hosts')],
  ])('are not where %s', (_, changes) => {
    expect(diagnose('db', { changes }).verdict).toBe('healthy')
  })
})

describe('a schema that its role may not use', () => {
  const closed = (tables: string, role = 'debvisor') => looking(`unusable,public,"for ${role}: ${tables}",2`)
  const missing = lines(3, 'psycopg2.errors.UndefinedTable: relation "hosts" does not exist')

  it('is why its tables do not exist for it, and none is missing', () => {
    const report = diagnose('db', { changes: { ...closed('hosts, metrics'), ...missing } })
    expect(causes(report)).toEqual(['postgresql.schema-unusable'])
    expect(finding(report, 'postgresql.schema-unusable')).toMatchObject({
      title: "DebVisor's role debvisor has no USAGE on the schema public",
      subject: 'schema public',
      resolution: expect.arrayContaining([
        expect.stringContaining('GRANT USAGE ON SCHEMA "public" TO "debvisor";'),
      ]),
    })
    expect(report.findings.map(({ id }) => id)).not.toContain('postgresql.schema-wrong')
  })

  it.each([
    ['has no such table', closed('metrics')],
    ['is closed to another role', closed('hosts', 'report')],
  ])('is another matter where it %s', (_, changes) => {
    expect(causes(diagnose('db', { changes: { ...changes, ...missing } }))).toEqual([
      'postgresql.schema-wrong',
    ])
  })

  it('is nothing where nobody complains', () => {
    expect(diagnose('db', { changes: closed('hosts, metrics') }).verdict).toBe('healthy')
  })
})
