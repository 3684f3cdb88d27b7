import { describe, expect, it } from 'vitest'
import { type Changes, causes, diagnose, finding, since } from './diagnosis.ts'

const clusters = `15 main 5433 online postgres /var/lib/postgresql/15/main /var/log/postgresql/postgresql-15-main.log
15 next 5432 online postgres /var/lib/postgresql/15/next /var/log/postgresql/postgresql-15-next.log
`
const missing = (...relations: readonly string[]): string =>
  since(
    relations.map(
      (name, n) =>
        `0${n}+0000 debvisor-server[9]: psycopg2.errors.UndefinedTable: relation "${name}" does not exist`,
    ),
  )
const lacks = (said: string, pg_elsewhere: string): Changes => ({
  pg_clusters: clusters,
  said,
  said_again: said,
  http: '/api/health\t500\t9\tapplication/json {}\n',
  pg_elsewhere,
})
const other = '15-main\t5433\tdebvisor\t2\t1\t1\n'
const told = (said: string, pg_elsewhere: string) => diagnose('db', { changes: lacks(said, pg_elsewhere) })

describe('the data are in', () => {
  it('another cluster, while an empty one answers', () => {
    const report = told(missing('hosts'), `15-next\t5432\tdebvisor\t0\t0\t1\n${other}`)
    expect(causes(report)).toEqual(['postgresql.other-server'])
    expect(finding(report, 'postgresql.schema-wrong').explainedBy).toEqual(['postgresql.other-server'])
    expect(finding(report, 'postgresql.other-server')).toMatchObject({
      title: 'DebVisor asks 15-next on port 5432, and its data are in 15-main',
      subject: '15-next, port 5432',
    })
  })

  it('another cluster, while one answers that lets the bot not in and lacks several tables', () => {
    const report = told(missing('hosts', 'metrics'), `15-next\t5432\t-\t0\t-\t0\n${other}`)
    expect(causes(report)).toEqual(['postgresql.other-server'])
  })

  it('another database of the same cluster', () => {
    const rows = '15-next\t5432\tdebvisor\t0\t0\t1\n15-next\t5432\tdebvisor_prod\t14\t1\t1\n'
    expect(finding(told(missing('hosts'), rows), 'postgresql.other-server').detail).toContain(
      '15-next, port 5432, has 14 tables in its database debvisor_prod, hosts among them',
    )
  })

  it('the cluster that has the database and the role, which are missing where it asks', () => {
    const said = since([
      '00+0000 debvisor-server[9]: psycopg2.OperationalError: FATAL:  database "debvisor" does not exist',
    ])
    expect(causes(told(said, '15-main\t5433\tdebvisor\t2\t-\t1\n'))).toEqual(['postgresql.other-server'])
  })
})

describe('another server is not to blame', () => {
  it.each([
    [
      'where the asked one has tables: a migration is missing',
      missing('alerts'),
      `15-next\t5432\tdebvisor\t9\t0\t1\n${other}`,
    ],
    [
      'where it has not what is missing',
      missing('alerts'),
      '15-next\t5432\tdebvisor\t0\t0\t1\n15-main\t5433\tshop\t40\t0\t0\n',
    ],
    [
      'where DebVisor has no role there',
      missing('hosts'),
      '15-next\t5432\tdebvisor\t0\t0\t1\n15-main\t5433\tinventory\t9\t1\t0\n',
    ],
    [
      'for one table, where the asked one cannot be looked into',
      missing('alerts'),
      `15-next\t5432\t-\t0\t-\t0\n${other}`,
    ],
  ])('%s', (_, said, rows) => {
    expect(causes(told(said, rows))).toEqual(['postgresql.schema-wrong'])
  })
})
