import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { errorEvents, type LogLine } from '../../../src/engine/errors/error-events.ts'
import { isLeveled } from '../../../src/engine/errors/error-line.ts'

/** All of one second. */
const at = (age: number, text: string): LogLine[] => text.split('\n').map((line) => ({ age, text: line }))

const told = (log: readonly LogLine[]): string[] => errorEvents(log).map(({ teller }) => teller.said)

const traceback = (exception: string): string => `Traceback (most recent call last):
  File "/opt/debvisor/app.py", line 3, in <module>
    raise ValueError("no pool")
${exception}`

describe('errors of a log', () => {
  it('are one for a traceback and the line above it, told by the exception', () => {
    const log = at(
      5,
      `[2026-11-24 04:16:00 +0000] [8] [ERROR] Exception in worker process\n${traceback('ValueError: no pool')}`,
    )
    const [event, ...others] = errorEvents(log)
    expect(others).toEqual([])
    expect(event).toMatchObject({ age: 5, teller: { said: 'ValueError: no pool' } })
    expect(event?.lines).toHaveLength(5)
  })

  it('are told by the last exception of a chain', () => {
    const chained = `${traceback('psycopg2.OperationalError: no answer')}

The above exception was the direct cause of the following exception:

${traceback('RuntimeError: no database')}`
    expect(told(at(5, `ERROR:app:failed\n${chained}`))).toEqual(['RuntimeError: no database'])
    expect(errorEvents(at(5, chained)).flatMap(({ errors }) => errors.map(({ kind }) => kind))).toEqual([
      'psycopg#.OperationalError: no answer',
      'RuntimeError: no database',
    ])
  })

  it('have a stack of Node with them', () => {
    const stack = `node:events:497
      throw er; // Unhandled 'error' event
      ^

Error: listen EADDRINUSE: address already in use :::3000
    at Server.setupListenHandle [as _listen2] (node:net:1817:16)
    at node:internal/process/task_queues:90:21 {
  code: 'EADDRINUSE',
  syscall: 'listen',
}`
    expect(told(at(5, stack))).toEqual(['Error: listen EADDRINUSE: address already in use :::3000'])
  })

  it.each([
    ['a JSON line', '{"level":30,"time":1795490163000,"msg":"starting"}'],
    ['a line that says INFO', '[2026-11-24 04:16:00 +0000] [9] [INFO] Booting worker with pid: 9'],
    ['a line of nginx that says notice', '2026/11/24 04:16:00 [notice] 1#1: start worker process 9'],
  ])('are not lost below %s of the same second', (_what, line) => {
    expect(told(at(5, `${line}\n${traceback('ValueError: no pool')}`))).toEqual(['ValueError: no pool'])
    expect(told(at(5, `${line}\nError: listen EADDRINUSE`))).toEqual(['Error: listen EADDRINUSE'])
  })

  it('are not lost below a line of another process in the same second', () => {
    const stamp = '2026-11-24T04:16:00+0100'
    const lines = [
      'systemd[1]: Started debvisor.service.',
      'python3[9]: Traceback (most recent call last):',
      'python3[9]: ValueError: no pool',
      'cat[7]: cat: /etc/a: Permission denied',
    ]
    expect(told(at(5, lines.map((line) => `${stamp} ${line}`).join('\n')))).toEqual([
      'ValueError: no pool',
      'cat: /etc/a: Permission denied',
    ])
  })

  it('are none in the rest of a statement, a warning or a hint', () => {
    const log = `2026-11-24 03:16:00 UTC [8] app@app STATEMENT:  SELECT 1
\t-- permission denied, ERROR 5
\tFROM hosts WHERE said = 'Connection refused'`
    expect(told(at(5, log))).toEqual([])
    expect(told(at(5, `WARNING:app:trying again\n${traceback('ConnectionError: refused')}`))).toEqual([])
  })

  it('of PostgreSQL do not have their detail, hint and statement for another error', () => {
    const log = `2026-11-24 03:16:00 UTC [8] app@app ERROR:  insert or update on table "a" violates it
2026-11-24 03:16:00 UTC [8] app@app DETAIL:  Key (b)=(5) is not present: permission denied
2026-11-24 03:16:00 UTC [8] app@app HINT:  No such file or directory
2026-11-24 03:16:00 UTC [8] app@app STATEMENT:  INSERT
\tINTO "ERROR"
2026-11-24 03:16:00 UTC [9] app@app FATAL:  sorry, too many clients already`
    expect(told(at(5, log))).toEqual([
      'ERROR:  insert or update on table "a" violates it',
      'FATAL:  sorry, too many clients already',
    ])
  })

  it('are apart where their time is another', () => {
    const log = [
      ...at(9, 'ERROR:app:one'),
      ...at(5, 'ValueError: two'),
      ...at(5, 'ERROR:app:three'),
      ...at(7, 'KeyError: four'),
    ]
    expect(errorEvents(log).map(({ age, teller }) => [age, teller.said])).toEqual([
      [9, 'ERROR:app:one'],
      [5, 'ValueError: two'],
      [5, 'ERROR:app:three'],
      [7, 'KeyError: four'],
    ])
  })

  it('are not told by a traceback that was cut', () => {
    expect(errorEvents(at(5, 'Traceback (most recent call last):\n  File "/a.py", line 3, in b'))).toEqual([])
  })

  it('lose no line that says that it is an error, and no line is in two', () => {
    const line = fc.constantFrom(
      'ERROR:app:one',
      '2026/11/24 04:16:00 [error] 1#1: two',
      '{"level":50,"msg":"three"}',
      '{"level":30,"msg":"four"}',
      'INFO:app:five',
      'WARNING:app:six',
      'Traceback (most recent call last):',
      '    raise ValueError("x")',
      'ValueError: seven',
      '2026-11-24T04:16:00+0100 app[1]: permission denied',
      '2026-11-24T04:16:00+0100 app[2]: ERROR: eight',
      '2026-11-24 03:16:00 UTC [8] a@b STATEMENT:  SELECT 1',
      '\tFROM nine',
      '',
    )
    fc.assert(
      fc.property(
        fc.array(fc.record({ age: fc.integer({ min: 0, max: 3 }), text: line }), { maxLength: 40 }),
        (given) => {
          const log = given.map((one, i) => ({ ...one, text: `${one.text} ${i}` }))
          const lines = errorEvents(log).flatMap((event) => event.lines)
          expect(new Set(lines).size).toBe(lines.length)
          const leveled = log.map(({ text }) => text).filter(isLeveled)
          expect(lines.filter(isLeveled)).toEqual(leveled)
        },
      ),
    )
  })
})

describe('the place in the code', () => {
  const placeOf = (...lines: readonly string[]): string | undefined =>
    errorEvents(at(5, lines.join('\n')))[0]?.teller.object

  it('is the innermost frame of a traceback of Python that is the program’s own', () => {
    expect(
      placeOf(
        'ERROR:app:failed',
        'Traceback (most recent call last):',
        '  File "/opt/debvisor/venv/lib/python3.11/site-packages/flask/app.py", line 1498, in __call__',
        '  File "/opt/debvisor/api.py", line 40, in hosts',
        '  File "/opt/debvisor/store.py", line 12, in read',
        '  File "/usr/lib/python3.11/json/decoder.py", line 355, in raw_decode',
        'ValueError: no pool',
      ),
    ).toBe('/opt/debvisor/store.py:12')
  })

  it('is the first such frame of Node.js, also in an ES module', () => {
    const stack = (...frames: readonly string[]) =>
      placeOf('TypeError: no pool', ...frames.map((one) => `    at ${one}`))
    const library = 'Pool.query (/opt/app/node_modules/pg/index.js:3:5)'
    expect(stack(library, 'async read (/opt/app/store.js:12:7)', '/opt/app/main.js:1:1')).toBe(
      '/opt/app/store.js:12',
    )
    expect(stack('node:internal/x:1:1', 'read (file:///opt/app/store.mjs:12:7)')).toBe(
      '/opt/app/store.mjs:12',
    )
    expect(stack('file:///opt/app/main.mjs:4:1')).toBe('/opt/app/main.mjs:4')
  })

  it('is none where only libraries ran, and gives way to what the error itself names', () => {
    expect(placeOf('TypeError: no pool', '    at x (/usr/share/nodejs/pg/index.js:3:5)')).toBe('')
    expect(placeOf("Error: cannot open '/etc/app.json'", '    at x (/opt/app/main.js:3:5)')).toBe(
      '/etc/app.json',
    )
  })
})
