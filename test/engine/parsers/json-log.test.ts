import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plainLines } from '../../../src/engine/parsers/json-log.ts'

const head = '2026-11-24T04:16:00+0100 gunicorn[214]: '

describe('a log line in JSON', () => {
  it('is what the program would say in plain words, with the traceback below', () => {
    const entry = {
      timestamp: '2026-11-24T03:16:00.1+00:00',
      level: 'error',
      logger: 'panel.store',
      message: 'no rows for /api/alerts',
      exception: 'Traceback (most recent call last):\n  File "/opt/app.py", line 3, in get\n\nKeyError: 1\n',
      request_id: 'a1',
    }
    expect(plainLines(head + JSON.stringify(entry))).toEqual([
      `${head}ERROR panel.store: no rows for /api/alerts`,
      'Traceback (most recent call last):',
      '  File "/opt/app.py", line 3, in get',
      'KeyError: 1',
    ])
  })

  it.each([
    ['structlog', { event: 'no route', level: 'warning', timestamp: 'T' }, 'T WARNING no route'],
    ['pino', { level: 50, time: 1795490163000, msg: 'no route' }, 'ERROR no route'],
    ['python-json-logger', { asctime: 'T', levelname: 'CRITICAL', message: 'no' }, 'T CRITICAL no'],
    ['syslog’s words', { severity: 'err', message: 'no' }, 'ERROR no'],
    ['no level', { message: 'no' }, 'no'],
  ])('of %s', (_, entry, says) => {
    expect(plainLines(JSON.stringify(entry))).toEqual([says])
  })

  it.each([
    [
      'pino',
      {
        level: 50,
        msg: 'no rows',
        err: { type: 'Error', message: 'refused', stack: 'Error: refused\n    at connect (/a.js:1)\n' },
      },
      ['Error: refused', '    at connect (/a.js:1)'],
    ],
    [
      'Bunyan, with a cause',
      {
        level: 50,
        msg: 'no rows',
        err: { stack: 'Error: no rows\n    at get', cause: { stack: 'Error: refused\n    at connect' } },
      },
      ['Error: no rows', '    at get', 'Error: refused', '    at connect'],
    ],
    [
      'one that has no stack',
      { level: 50, msg: 'no rows', err: { type: 'DatabaseError', message: 'refused' } },
      ['DatabaseError: refused'],
    ],
    ['a list', { level: 50, msg: 'no rows', stack: ['Error: refused', 'at x'] }, ['Error: refused', 'at x']],
    [
      'an object as exception',
      { level: 50, msg: 'no rows', exception: { class: 'KeyError', message: '1' } },
      ['KeyError: 1'],
    ],
    ['Elastic', { level: 50, msg: 'no rows', 'error.stack_trace': 'KeyError: 1' }, ['KeyError: 1']],
    ['an error that is a word', { level: 50, msg: 'no rows', err: 'refused' }, []],
    ['an error that is nothing', { level: 50, msg: 'no rows', err: null, error: [], exception: 3 }, []],
  ])('has the stack of the error that is an object in it: %s', (_, entry, trace) => {
    expect(plainLines(JSON.stringify(entry))).toEqual(['ERROR no rows', ...trace])
  })

  it('that was cut has what came before', () => {
    const entry = JSON.stringify({
      level: 'ERROR',
      message: 'failed',
      exception: 'Traceback:\n  File "a"\nKeyError: 1',
    })
    expect(plainLines(head + entry.slice(0, -8))).toEqual([
      `${head}ERROR failed`,
      'Traceback:',
      '  File "a"',
      'KeyEr',
    ])
  })

  it.each([
    'ERROR in plain words {"a": 1}',
    '{"status": 200}',
    '{not JSON}',
    `${'x'.repeat(200)}{"message": "too far right"}`,
    '[1, 2]',
    '',
  ])('is not: %s', (line) => {
    expect(plainLines(line)).toBeUndefined()
  })

  it('ends however long and broken it is', () => {
    const hostile = [
      `{"message": "${'\\'.repeat(60_000)}`,
      `{${'"message": "'.repeat(6_000)}`,
      `{"${'a'.repeat(60_000)}`,
    ]
    for (const line of hostile) expect(plainLines(line)?.length ?? 0).toBeLessThan(3)
  })

  it('never breaks, and gives no empty line', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.string().map((text) => `{"message":"${text}`),
        ),
        (line) => {
          for (const each of plainLines(line) ?? []) expect(each.trim()).not.toBe('')
        },
      ),
    )
  })
})
