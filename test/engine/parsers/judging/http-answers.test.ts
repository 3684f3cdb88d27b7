import { describe, expect, it } from 'vitest'
import { httpAnswers } from '../../../../src/engine/parsers/judging/http-answers.ts'
import { refusal, rowsOf } from '../parsed.ts'

/** What is read of a health answer that failed. */
function read(body: unknown) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const [row] = rowsOf(httpAnswers, `/health/ready\t503\t12\tapplication/json ${text.slice(0, 20)}\t${text}`)
  return { health: row?.health, failing: row?.failing, passing: row?.passing, told: row?.told }
}
const nothing = { failing: [], passing: [], told: [] }

describe('http-answers', () => {
  it('has a row a path, with what failed read', () => {
    const said = `/health/ready\t503\t12\tapplication/json {"healthy": false, "depen\t{"healthy": false, "dependencies": {"database": true, "redis": "Error 111"}}
/\t302\t4\ttext/html\x20
`
    expect(rowsOf(httpAnswers, said)).toEqual([
      {
        path: '/health/ready',
        status: 503n,
        ms: 12n,
        note: 'application/json {"healthy": false, "depen',
        health: 'read',
        failing: ['cache'],
        passing: ['database'],
        told: ['redis: Error 111'],
      },
      { path: '/', status: 302n, ms: 4n, note: 'text/html', health: '-', ...nothing },
    ])
  })

  it('reads answers from before bodies were told', () => {
    const said = '/api/health\t500\t20\tapplication/json {"db": 0}\n/\t0\t4000\tno answer within 4 s\n'
    expect(rowsOf(httpAnswers, said)).toMatchObject([
      { status: 500n, note: 'application/json {"db": 0}', health: '-', ...nothing },
      { status: 0n, note: 'no answer within 4 s', health: '-', ...nothing },
    ])
  })

  it.each(['', 'curl: (7) Failed to connect', '/api/health 200'])('does not understand %j', (text) => {
    expect(refusal(httpAnswers, text)).toContain('a path, a tab and a status')
  })

  it.each<[what: string, body: unknown, failing: string[], passing: string[]]>([
    [
      'booleans',
      { dependencies: { database: true, redis: false, smtp: true } },
      ['cache'],
      ['database', 'mail'],
    ],
    ['words', { checks: { database: 'ok', disk: 'error' } }, ['disk'], ['database']],
    [
      'what is skipped',
      { status: 'degraded', checks: { db: 'ok', redis: 'skipped', smtp: 'not configured' } },
      [],
      ['database'],
    ],
    ['records', { checks: { postgres: { status: 'down', error: 'refused' } } }, ['database'], []],
    [
      'Spring',
      {
        status: 'DOWN',
        components: { db: { status: 'UP' }, diskSpace: { status: 'DOWN' }, ping: { status: 'UP' } },
      },
      ['disk'],
      ['database', 'ping'],
    ],
    [
      'health+json',
      {
        status: 'fail',
        checks: { 'redis:connections': [{ status: 'fail' }], 'postgresql:time': [{ status: 'pass' }] },
      },
      ['cache'],
      ['database'],
    ],
    [
      'a list',
      {
        checks: [
          { name: 'smtp', healthy: false },
          { name: 'database', healthy: true },
        ],
      },
      ['mail'],
      ['database'],
    ],
    ['one of its own', { checks: { rpc: 'UNAVAILABLE: connection refused' } }, ['rpc'], []],
    [
      'names beside the status',
      { status: 'error', database: 'unreachable', redis: 'ok' },
      ['database'],
      ['cache'],
    ],
  ])('reads %s', (_, body, failing, passing) => {
    expect(read(body)).toMatchObject({ health: 'read', failing, passing })
  })

  it.each<[what: string, body: unknown]>([
    ['no JSON', '<html>'],
    ['half of it', '{"checks": {"redis": "err'],
    ['a list', '[1]'],
    [
      'an error of a framework',
      { error: 'Internal Server Error', details: { error: 'connection refused', code: 500 } },
    ],
    ['numbers', { db: 0, redis: 1 }],
    ['other words that begin so', { dbname: 'error', cached: false, disks: false }],
  ])('names nothing by %s', (_, body) => expect(read(body)).toEqual({ health: 'unread', ...nothing }))

  it('reads that it is to end, and not that it begins', () => {
    const draining = { healthy: false, phase: 'draining', accepting_requests: false, dependencies: {} }
    expect(read(draining)).toEqual({ health: 'draining', ...nothing })
    expect(read({ status: 'shutting_down' }).health).toBe('draining')
    expect(read({ phase: 'starting', accepting_requests: false }).health).toBe('unread')
    expect(read({ phase: 'running', checks: { disk: 'low' } })).toMatchObject({
      health: 'read',
      failing: ['disk'],
    })
  })

  it('tells what health+json has as output', () => {
    expect(read({ checks: { 'redis:time': [{ status: 'fail', output: 'no route' }] } }).told).toEqual([
      'redis: no route',
    ])
  })

  it('takes no other name for a database', () => {
    expect(read({ checks: { dbus: 'error', db_main: 'error' } }).failing).toEqual(['dbus', 'database'])
  })

  it('tells what is said of what fails, in one line without escapes', () => {
    const said = read({
      dependencies: { redis: { ok: false, error: 'Error 111\n\u001b[31mconnecting' }, smtp: false },
    })
    expect(said.told).toEqual([expect.stringMatching(/^redis: Error 111 \S*connecting$/), 'smtp: fails'])
    expect(JSON.stringify(said.told)).not.toContain('\\u001b')
  })

  it('tells that one has no end', () => {
    expect(rowsOf(httpAnswers, '/health/ready\t200\t3\tapplication/json {\tcut\n')).toMatchObject([
      { status: 200n, health: 'cut', ...nothing },
    ])
  })

  it('is not kept long by many or deep ones', () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`check${i}`, false]))
    expect(read({ checks: many }).failing).toHaveLength(40)
    expect(read(`{"checks": ${'['.repeat(100_000)}`)).toEqual({ health: 'unread', ...nothing })
    const deep = `{"checks": {"redis": ${'['.repeat(5000)}${']'.repeat(5000)}}}`
    expect(read(deep)).toMatchObject({ failing: [] })
  })
})
