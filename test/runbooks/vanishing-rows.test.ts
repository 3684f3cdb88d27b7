import { describe, expect, it } from 'vitest'
import { type Changes, causes, diagnose, finding } from './diagnosis.ts'
import { healthy } from './healthy.ts'

const answer = (key: string, value: string): string => `answer\t${key}\t2\t-\talways: ${value}\n`
const metrics = (times: string): string =>
  `asked\t/api/v1/metrics\t200\t200\tapplication/json\n${answer('/api/v1/metrics (all)', '@short, list')}${answer('/api/v1/metrics [].at', times)}end\t\t0\t\tanswers\n`
const fresh = metrics('@fresh, time with zone')
const timer = `${healthy.timers?.split('\n=== end')[0]}\nmetrics-retention.timer\tactive\twaiting\tenabled\t1\t1\t3\t3\t0\tmetrics-retention.service\tloaded\tinactive\tsuccess\t0\t3\t0\t/usr/bin/psql -c DELETE\n`
const place = '/etc/systemd/system/metrics-retention.service:6'
const job = (condition: number, stays: number, verb = 'DELETE', name = 'metrics-retention.timer'): string =>
  `${name}\t${verb}\tmetrics\t${condition}\t${stays}\t${place}\n`
const emptied = 'metrics,16,4160,4144,-,-1\n'

const of = (changes: Changes) => diagnose('db', { changes: { answers: fresh, timers: timer, ...changes } })

describe('rows are removed as soon as they are there', () => {
  it.each([
    ['by a timer whose interval is of seconds', job(1, 7), 'metrics-retention.timer'],
    ['by a timer that deletes all', job(0, -1), 'metrics-retention.timer'],
    [
      'by a job of cron that empties the table',
      job(0, -1, 'TRUNCATE', '/etc/cron.d/metrics'),
      '/etc/cron.d/metrics',
    ],
  ])('%s', (_, data_jobs, subject) => {
    const report = of({ data_jobs, emptied_tables: emptied })
    expect(causes(report)).toEqual(['postgresql.rows-removed'])
    const { detail, ...found } = finding(report, 'postgresql.rows-removed')
    expect(found).toMatchObject({ subject, confidence: 'likely' })
    expect(detail).toContain('metrics: 4144 rows of 4160 removed, 16 left')
  })

  it('by a trigger of the table itself', () => {
    const report = of({ data_jobs: '', emptied_tables: 'metrics,16,4160,4144,keep_small,60\n' })
    expect(causes(report)).toEqual(['postgresql.trigger-removes'])
    expect(finding(report, 'postgresql.trigger-removes').subject).toBe('metrics, trigger keep_small')
  })

  it('so that a list has nothing in it', () => {
    const answers = `asked\t/api/v1/metrics\t200\t200\tapplication/json\n${answer('/api/v1/metrics (all)', 'empty list')}end\t\t0\t\tanswers\n`
    expect(
      causes(of({ answers, data_jobs: job(0, -1), emptied_tables: 'metrics,0,4160,4160,-,-1\n' })),
    ).toEqual(['postgresql.rows-removed'])
  })
})

describe('rows are kept', () => {
  it.each<[string, Changes]>([
    ['by a job that lets them stay for days', { data_jobs: job(1, 604_800), emptied_tables: emptied }],
    ['by a job of a queue, whose condition is no time', { data_jobs: job(1, -1), emptied_tables: emptied }],
    ['where the table has lost hardly any', { data_jobs: job(1, 7), emptied_tables: '' }],
    [
      'where users are served old ones',
      { answers: metrics('@fresh, @old, time with zone'), data_jobs: job(1, 7), emptied_tables: emptied },
    ],
    [
      'where its timer is stopped',
      {
        timers: timer.replace('retention.timer\tactive', 'retention.timer\tinactive'),
        data_jobs: job(1, 7),
        emptied_tables: emptied,
      },
    ],
    [
      'by a trigger that lets them stay for a month',
      { data_jobs: '', emptied_tables: 'metrics,16,4160,4144,keep,2592000\n' },
    ],
  ])('%s', (_, changes) => {
    expect(causes(of(changes))).toEqual([])
  })
})

describe('a list is empty', () => {
  const answers = `asked\t/api/v1/hosts\t200\t200\tapplication/json\n${answer('/api/v1/hosts (all)', 'empty list')}end\t\t0\t\tanswers\n`
  const truncated = 'hosts,0,8,-1,-,-1\n'
  const script = '/usr/local/bin/inventory-import:3'
  const importing = (table = 'hosts'): string =>
    `inventory-import.service\tTRUNCATE\t${table}\t0\t-1\t${script}\n`
  const failed = 'inventory-import.service loaded failed failed Hosts of the inventory\n'
  const judged = (changes: Changes) => of({ answers, data_jobs: '', emptied_tables: truncated, ...changes })

  it('since an import emptied its table and failed', () => {
    const report = judged({ data_jobs: importing(), failed_units: failed })
    expect(causes(report)).toEqual(['postgresql.rows-removed'])
    expect(finding(report, 'postgresql.rows-removed')).toMatchObject({
      title: 'inventory-import.service removes the rows of table hosts all at once',
      detail: expect.stringContaining(
        'hosts: emptied at once, 8 rows were added before; inventory-import.service has failed',
      ),
    })
  })

  it('since one deleted its few rows and failed', () => {
    const changes = { data_jobs: importing(), failed_units: failed, emptied_tables: 'hosts,0,8,8,-,-1\n' }
    expect(causes(judged(changes))).toEqual(['postgresql.rows-removed'])
  })

  it.each<[string, Changes]>([
    ['of another table', { data_jobs: importing('events'), failed_units: failed }],
    ['of one that did not fail', { data_jobs: importing(), failed_units: '' }],
  ])('since its table was emptied, by no job that is known: %s', (_, changes) => {
    const report = judged(changes)
    expect(causes(report)).toEqual(['postgresql.table-emptied'])
    expect(finding(report, 'postgresql.table-emptied').title).toBe('Table hosts has been emptied')
  })

  it.each<[string, Changes]>([
    ['as it was from the beginning', { emptied_tables: 'hosts,0,0,-1,-,-1\n' }],
    ['as the table of another thing', { emptied_tables: 'import_staging,0,800,-1,-,-1\n' }],
    [
      'beside a queue whose job empties it',
      {
        data_jobs: importing('queue').replace('.service', '.timer'),
        emptied_tables: 'queue,0,40,40,-,-1\n',
      },
    ],
    ['beside a small table whose trigger empties it', { emptied_tables: 'sessions,0,9,9,expire,1800\n' }],
    [
      'with an import that failed before it came to that',
      { data_jobs: importing(), failed_units: failed, emptied_tables: '' },
    ],
  ])('%s', (_, changes) => {
    expect(causes(judged(changes))).toEqual([])
  })
})

describe('most of a list is down', () => {
  const mostly = (field = 'state', path = '/api/v1/hosts'): string =>
    `asked\t${path}\t200\t200\tapplication/json\nmostly\t${path} ${field}\t7\t8\tdown\nend\t\t0\t\tanswers\n`
  const setting = (stays: number, condition = 1, column = 'state'): string =>
    `hosts-liveness.timer\tUPDATE ${column}\tpublic.hosts\t${condition}\t${stays}\t/usr/local/sbin/hosts-liveness:2\n`
  const liveness = timer.replaceAll('metrics-retention', 'hosts-liveness')
  const judged = (changes: Changes) =>
    diagnose('service', {
      changes: { answers: mostly(), timers: liveness, data_jobs: setting(15), ...changes },
    })

  it('for a job calls them so after seconds', () => {
    const report = judged({})
    expect(causes(report)).toEqual(['postgresql.rows-set'])
    expect(finding(report, 'postgresql.rows-set')).toMatchObject({
      subject: 'hosts-liveness.timer',
      title: 'hosts-liveness.timer sets state of table public.hosts to down after 15 s',
      detail: expect.stringContaining('7 of 8 are down'),
    })
  })

  it('for a job calls all of them so', () => {
    expect(causes(judged({ data_jobs: setting(-1, 0) }))).toEqual(['postgresql.rows-set'])
  })

  it.each<[string, Changes]>([
    ['and a job calls them so after minutes', { data_jobs: setting(300) }],
    ['and a job sets another column', { data_jobs: setting(15, 1, 'checked_at') }],
    ['and a job sets them by what no interval says', { data_jobs: setting(-1) }],
    ['of another table', { answers: mostly('state', '/api/v1/disks') }],
    [
      'and its timer is stopped',
      { timers: liveness.replace('liveness.timer\tactive', 'liveness.timer\tinactive') },
    ],
    ['and nobody sets them', { data_jobs: '' }],
  ])('%s', (_, changes) => {
    expect(causes(judged(changes))).toEqual([])
  })
})
