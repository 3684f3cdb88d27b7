import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { errorOf, isHarmless, isLeveled, kindOf } from '../../../src/engine/errors/error-line.ts'

const kind = (line: string): string | undefined => errorOf(line)?.kind
const object = (line: string): string | undefined => errorOf(line)?.object

describe('an error', () => {
  it.each([
    [
      'nginx',
      '2026/11/24 04:16:00 [error] 77#77: *1 open() "/srv/www/a.css" failed (13: Permission denied), client: 10.0.0.7, server: _, request: "GET /a.css HTTP/1.1", host: "h"',
      'open() "/srv/www/a.css" failed (13: Permission denied)',
      '/srv/www/a.css',
    ],
    ['nginx', '2026/11/24 04:16:00 [emerg] 77#77: bind() failed', 'bind() failed', ''],
    [
      'PostgreSQL',
      '2026-11-24 03:16:00.123 UTC [812] app@app ERROR:  permission denied for table hosts',
      'ERROR:  permission denied for table hosts',
      '',
    ],
    [
      'PostgreSQL in a zone without minutes',
      '2026-11-24 03:16:00.123 -03 [812] app@app ERROR:  relation "hosts" does not exist at character 15',
      'ERROR:  relation "hosts" does not exist at character 15',
      'hosts',
    ],
    [
      'PostgreSQL before it knows who comes',
      '2026-11-24 03:16:00.123 UTC [812] [unknown]@[unknown] FATAL:  no pg_hba.conf entry',
      'FATAL:  no pg_hba.conf entry',
      '',
    ],
    [
      'PostgreSQL of its own',
      '2026-11-24 03:16:00 UTC [1] PANIC:  could not locate',
      'PANIC:  could not locate',
      '',
    ],
    [
      'the journal',
      "2026-11-24T04:16:00+0100 app[99]: OSError: [Errno 28] No space left on device: '/var/lib/debvisor/x'",
      "OSError: [Errno 28] No space left on device: '/var/lib/debvisor/x'",
      '/var/lib/debvisor/x',
    ],
    [
      'syslog of today',
      '2026-11-24T04:16:00.123456+01:00 host1 app[99]: ValueError: bad',
      'ValueError: bad',
      '',
    ],
    ['syslog of old', 'Nov  4 04:16:00 host1 app[99]: ValueError: bad', 'ValueError: bad', ''],
    [
      'Python logging',
      '2026-11-24 04:16:00,123 - app.db - ERROR - no pool for db1.example.org:5432',
      '- app.db - ERROR - no pool for db1.example.org:5432',
      'db1.example.org:5432',
    ],
    ['Python logging as it is', 'ERROR:app.db:no pool', 'ERROR:app.db:no pool', ''],
    [
      'Python logging, critical',
      '2026-11-24 04:16:00,123 CRITICAL app: out of money',
      'CRITICAL app: out of money',
      '',
    ],
    [
      'PostgreSQL, as LOG',
      '2026-11-24 03:16:00 UTC [1] LOG:  server process (PID 812) was terminated by signal 11: Segmentation fault',
      'LOG:  server process (PID 812) was terminated by signal 11: Segmentation fault',
      '',
    ],
    [
      'PostgreSQL, of its archive',
      '2026-11-24 03:16:00 UTC [1] LOG:  archive command failed with exit code 1',
      'LOG:  archive command failed with exit code 1',
      '',
    ],
    [
      'gunicorn',
      '[2026-11-24 04:16:00 +0000] [812] [ERROR] Exception in worker process',
      'Exception in worker process',
      '',
    ],
    [
      'gunicorn, a worker that hangs',
      '[2026-11-24 04:16:00 +0000] [812] [CRITICAL] WORKER TIMEOUT (pid:814)',
      'WORKER TIMEOUT (pid:814)',
      '',
    ],
    [
      'Node',
      'Error: listen EADDRINUSE: address already in use :::3000',
      'Error: listen EADDRINUSE: address already in use :::3000',
      '',
    ],
    [
      'Node, a class',
      'TypeError: Cannot read properties of undefined',
      'TypeError: Cannot read properties of undefined',
      '',
    ],
    ['winston', '2026-11-24T04:16:00.123Z error: no upstream', 'error: no upstream', ''],
    [
      'logfmt',
      'time=2026-11-24T04:16:00Z level=error msg="no route"',
      'time=2026-11-24T04:16:00Z level=error msg="no route"',
      '',
    ],
    [
      'pino',
      '{"level":50,"time":1795490163000,"msg":"no route"}',
      '{"level":50,"time":1795490163000,"msg":"no route"}',
      '',
    ],
    [
      'structlog',
      '{"event": "no route", "level": "error", "timestamp": "2026-11-24T04:16:00Z"}',
      '{"event": "no route", "level": "error", "timestamp": "2026-11-24T04:16:00Z"}',
      '',
    ],
    [
      'python-json-logger',
      '{"asctime": "2026-11-24 04:16:00", "levelname": "CRITICAL", "message": "no route"}',
      '{"asctime": "2026-11-24 04:16:00", "levelname": "CRITICAL", "message": "no route"}',
      '',
    ],
    [
      'a shell',
      'cat: /etc/debvisor/token: Permission denied',
      'cat: /etc/debvisor/token: Permission denied',
      '/etc/debvisor/token',
    ],
    [
      'a crash',
      '2026-11-24T04:16:00+0100 kernel-helper[1]: Segmentation fault (core dumped)',
      'Segmentation fault (core dumped)',
      '',
    ],
  ])('of %s is told without its head', (_of, line, said, what) => {
    expect(errorOf(line)).toMatchObject({ said, object: what })
  })

  it.each([
    '0 errors',
    'error_log /var/log/nginx/error.log warn;',
    'checked 12 hosts, errors=0',
    '2026-11-24 04:16:00,123 INFO app: the last error was an hour ago',
    '2026-11-24 04:16:00,123 INFO app: answered "ERROR 404" to the page',
    'INFO:app:retry after ConnectionError: refused',
    '2026-11-24 04:16:00,123 WARNING app: [Errno 111] Connection refused, trying again',
    '10.0.0.7 - - [24/Nov/2026:04:16:00 +0000] "GET / HTTP/1.1" 200 500 "-" "curl/8"',
    '2026/11/24 04:16:00 [notice] 77#77: signal 17 (SIGCHLD) received, open() failed (2: No such file or directory)',
    '2026/11/24 04:16:00 [warn] 77#77: conflicting server name "error.example.org" on 0.0.0.0:80, ignored',
    "2026-11-24 03:16:00.123 UTC [812] app@app STATEMENT:  SELECT 'ERROR: no' FROM hosts",
    '2026-11-24 03:16:00.123 UTC [812] app@app DETAIL:  Permission denied for ERROR 5',
    '2026-11-24 03:16:00.123 UTC [812] app@app HINT:  No such file or directory? Look.',
    '2026-11-24 03:16:00.123 UTC [1] LOG:  could not receive data from client: Connection reset by peer',
    '2026-11-24T04:16:00+0100 systemd[1]: debvisor.service: Failed at step EXEC: No such file or directory',
    '2026-11-24T04:16:00+0100 postgresql@15-main[107]: Error: /usr/lib/postgresql/15/bin/pg_ctl start exited with status 1:',
    '{"level":30,"time":1795490163000,"msg":"ERROR is a word, ECONNREFUSED too"}',
    '{"event": "level=error", "level": "info"}',
    'time=2026-11-24T04:16:00Z level=info msg="ERROR Connection refused"',
    '2026-11-24T04:16:00.123Z info: Connection refused, trying again',
    '    raise ValueError("no pool")',
    '  File "/opt/debvisor/app.py", line 3, in handleError',
    '    except OperationalError as error:',
    '    at Server.setupListenHandle [as _listen2] (/opt/x/ConnectionError.js:12:3)',
    '2026-11-24T04:16:00+0100 app[99]:     raise ValueError("no pool")',
    '',
    '   ',
  ])('is not: %s', (line) => {
    expect(errorOf(line)).toBeUndefined()
    expect(isLeveled(line)).toBe(false)
  })

  it('is none of a server that a client is to ask again, and one of the client that gave up', () => {
    const said = 'could not serialize access due to concurrent update'
    expect(errorOf(`2026-11-24 03:16:00.123 UTC [812] app@app ERROR:  ${said}`)).toBeUndefined()
    expect(errorOf(`psycopg2.errors.SerializationFailure: ${said}`)?.said).toContain(said)
    expect(errorOf(`2026-11-24 03:16:00,001 ERROR app: gave up after 5 tries: ${said}`)?.said).toContain(said)
  })

  it('has the level that stands first in its line', () => {
    expect(isLeveled('2026-11-24 04:16:00 ERROR [app] no pool')).toBe(true)
    expect(isHarmless('2026-11-24 04:16:00 INFO [app] no ERROR')).toBe(true)
    expect(isLeveled('2026-11-24T04:16:00+0100 ERROR worker[12]: INFO')).toBe(true)
    expect(isLeveled('2026-11-24 04:16:00,123 ERROR app: INFO is no level')).toBe(true)
    expect(isHarmless('2026-11-24 04:16:00,123 INFO app: ERROR is no level')).toBe(true)
    expect(isLeveled('psycopg2.OperationalError: connection failed: FATAL:  no more')).toBe(false)
    expect(isLeveled("\tWHERE said = 'FATAL: no'")).toBe(false)
    expect(errorOf('PermissionError: [Errno 13] Permission denied: the LOG of the day')).toBeDefined()
  })
})

describe('the kind of an error', () => {
  it.each([
    [
      'numbers',
      'FATAL:  sorry, too many clients already (97 of 97)',
      'FATAL:  sorry, too many clients already (100 of 100)',
    ],
    ['addresses', 'ERROR: no answer of 10.0.0.7', 'ERROR: no answer of 192.168.1.250'],
    ['IPv6 addresses', 'ERROR: no answer of fe80::1a2b:ff', 'ERROR: no answer of 2001:db8::42'],
    [
      'UUIDs',
      'ERROR: no run 0b6f2c9e-7f3a-4c11-9a55-0c5a8a5f7f3e',
      'ERROR: no run bbbbbbbb-aaaa-4c11-9a55-ffffffffffff',
    ],
    ['pointers', 'ERROR: <Pool object at 0x7f3a4c119a55>', 'ERROR: <Pool object at 0x7fffffffffff>'],
    ['digests', 'ERROR: no layer 9f86d081884c7d65', 'ERROR: no layer 2c26b46b68ffc68f'],
    ['ids of eight digits', 'ERROR: request 3fa9c1d2 failed', 'ERROR: request a0b1c2d3 failed'],
    ['ids of Socket.IO', 'ERROR: no session lv_VI97HAXpY6yYWAAAC', 'ERROR: no session oSvuTY9mUgW-ZtAuAAAB'],
    [
      'clients',
      '[error] 1#1: *1 upstream timed out, client: 10.0.0.7, server: a, request: "GET /a HTTP/1.1"',
      '[error] 9#9: *7 upstream timed out, client: 10.9.9.9, server: b, request: "GET /b HTTP/1.1"',
    ],
    [
      'times',
      '2026-11-24 03:16:00.123 UTC [812] app@app ERROR:  x',
      '2026-11-25 13:16:59.999 CEST [99999] app@app ERROR:  x',
    ],
    [
      'times of syslog',
      'Nov 24 03:16:00 host1 app[1]: ValueError: x',
      'Dec  1 13:16:59 host1 app[7777]: ValueError: x',
    ],
    [
      'people',
      '2026-11-24 03:16:00 UTC [8] ann@app ERROR:  x',
      '2026-11-24 03:16:00 UTC [8] bob@app ERROR:  x',
    ],
  ])('is the same with other %s', (_what, one, other) => {
    expect(kind(one)).toBeDefined()
    expect(kind(one)).toBe(kind(other))
  })

  it.each([
    ['table', 'ERROR:  permission denied for table hosts', 'ERROR:  permission denied for table users'],
    ['relation', 'ERROR:  relation "hosts" does not exist', 'ERROR:  relation "users" does not exist'],
    ['path', 'ERROR: cannot read /etc/a', 'ERROR: cannot read /etc/b'],
    ['class', 'KeyError: x', 'ValueError: x'],
    ['long common beginning', `ERROR: ${'a '.repeat(60)}one`, `ERROR: ${'a '.repeat(60)}two`],
  ])('is another for another %s', (_what, one, other) => expect(kind(one)).not.toBe(kind(other)))

  it('has no number in it, and is its own kind', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const once = kindOf(text)
        expect(once).not.toMatch(/\d/)
        expect(kindOf(once)).toBe(once)
        expect(once.length).toBeLessThanOrEqual(200)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('the server of an error', () => {
  const refused = (upstream: string): string =>
    `2026/11/24 04:16:00 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.7:81, server: _, request: "GET / HTTP/1.1", upstream: "${upstream}", host: "h"`

  it.each([
    [refused('http://127.0.0.1:5000/api?a=10.0.0.9:99'), '127.0.0.1:5000'],
    [refused('http://[::1]:5000/'), '[::1]:5000'],
    [refused('http://unix:/run/debvisor/web.sock:/'), '/run/debvisor/web.sock'],
    [
      'psycopg2.OperationalError: connection to server at "db1" (10.0.0.3), port 5432 failed: Connection refused',
      'db1:5432',
    ],
    ['ERROR: no answer of 10.0.0.3:6379', '10.0.0.3:6379'],
    ['ERROR: connection from 10.0.0.3:54321 reset', ''],
    ['ERROR: no answer', ''],
  ])('of %s', (line, server) => expect(errorOf(line)?.server).toBe(server))

  it('is its object where it names no other', () => {
    expect(object(refused('http://127.0.0.1:5000/'))).toBe('127.0.0.1:5000')
  })
})

describe('the object of an error', () => {
  it.each([
    ["[Errno 13] Permission denied: '/var/log/debvisor/a b.log' ERROR ", ''],
    [
      "PermissionError: [Errno 13] Permission denied: '/var/log/debvisor/error.log'",
      '/var/log/debvisor/error.log',
    ],
    ['ERROR:  column "uptime" of relation "hosts" does not exist', 'uptime'],
    ['ERROR:  duplicate key value violates unique constraint "hosts_pkey"', 'hosts_pkey'],
    ['FATAL:  role "app" is not permitted to log in', 'app'],
    ['connection to server at db1:5432 failed: Connection refused', 'db1:5432'],
    ['ERROR: no answer of http://127.0.0.1:5000/api', '127.0.0.1:5000'],
    ['ERROR: needs redis-server.service', 'redis-server.service'],
    ['Error: Cannot find module at /opt/debvisor/app.js:12:3', '/opt/debvisor/app.js:12'],
    ['ERROR: File "/opt/debvisor/app.py", line 42, in x', '/opt/debvisor/app.py:42'],
    ['ERROR: it is bad', ''],
  ])('of %s', (line, what) => expect(object(line)).toBe(what))
})

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef-:.x#" '.split('')), maxLength: 300 }),
  fc
    .array(
      fc.constantFrom(
        'ERROR',
        ' ',
        ': ',
        '[error]',
        '"level":50',
        '[1]',
        'x@y ',
        '\u2028',
        '"',
        '/a',
        'Error',
        'a.',
        '😀',
      ),
      { maxLength: 80 },
    )
    .map((words) => words.join('')),
)

describe('hostile text', () => {
  it('never throws', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const error = errorOf(text)
        if (error) expect(error.said).not.toBe('')
        expect(isLeveled(text) && isHarmless(text)).toBe(false)
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    ['digits', '1'.repeat(100_000)],
    ['hexadecimal', 'ab1'.repeat(33_000)],
    ['dots', 'a.'.repeat(50_000)],
    ['colons', 'f:'.repeat(50_000)],
    ['quotes', '"/'.repeat(50_000)],
    ['brackets', '[1]'.repeat(33_000)],
    ['heads', '2026-11-24 04:16:00 '.repeat(5_000)],
    ['clients', ', client: '.repeat(10_000)],
    ['capital letters', 'E'.repeat(100_000)],
    ['words', 'ErrorA'.repeat(16_000)],
    ['separators', ', client: \u2028'.repeat(8_000)],
    ['blanks', `${' '.repeat(99_999)}x`],
    ['levels', '"level": '.repeat(11_000)],
  ])('of 100 kB of %s is read at once', (_what, text) => {
    const began = performance.now()
    for (let i = 0; i < 20; i++) errorOf(`ERROR: ${text}`)
    for (let i = 0; i < 20; i++) errorOf(text)
    expect(performance.now() - began).toBeLessThan(1_000)
  })
})
