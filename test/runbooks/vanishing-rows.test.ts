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
