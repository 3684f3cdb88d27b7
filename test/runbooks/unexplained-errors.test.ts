import { describe, expect, it } from 'vitest'
import type { Report } from '../../src/findings/report.ts'
import { diagnose } from './diagnosis.ts'

/** The healthy host, whose log says a line three times: 40 s before the look, between, and just now. */
function saying(probe: 'nginx_said' | 'pg_said', line: string): Report {
  const [at, text] =
    probe === 'nginx_said' ? ['2026/11/24 05:01', ''] : ['2026-11-24 05:01', '.123 UTC [812] ']
  const lines = [
    `${at}:38${text} ${line}`,
    `${at}:54${text} ${line}`,
    `${at.replace('05:01', '05:02')}:10${text} ${line}`,
  ]
  const log = ['now=1795496538 zone=+0000', ...lines, ''].join('\n')
  return diagnose(probe === 'nginx_said' ? 'websocket' : 'db', { changes: { [probe]: log } })
}

const client = 'client: 203.0.113.9, server: _, request: "GET /x HTTP/1.1", host: "h"'

describe("nginx's log", () => {
  it.each([
    `[error] 77#77: *1 open() "/srv/www/wp-login.php" failed (2: No such file or directory), ${client}`,
    `[error] 77#77: *1 open() "/srv/www/a/b.php" failed (20: Not a directory), ${client}`,
    `[error] 77#77: *1 access forbidden by rule, ${client}`,
    `[error] 77#77: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.9, server: wiki.internal, request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:3000/", host: "wiki"`,
    `[error] 77#77: *1 directory index of "/srv/www/" is forbidden, ${client}`,
    `[error] 77#77: *1 user "admin" was not found in "/etc/nginx/htpasswd", ${client}`,
    `[error] 77#77: *1 limiting requests, excess: 5.5 by zone "a", ${client}`,
    `[crit] 77#77: *1 SSL_do_handshake() failed (SSL: error:0A00006C:SSL routines::bad key share) while SSL handshaking, client: 203.0.113.9, server: 0.0.0.0:443`,
  ])('is told, and doubts nothing, where strangers go on: %s', (line) => {
    const report = saying('nginx_said', line)
    expect(report).toMatchObject({
      verdict: 'healthy',
      unexplained: [{ of: 'nginx', count: 3, strangers: true }],
    })
  })

  it.each([
    `[error] 77#77: *1 upstream prematurely closed connection while reading response header from upstream, client: 203.0.113.9, server: _, request: "GET /x HTTP/1.1", upstream: "http://127.0.0.1:8080/x", host: "h"`,
    `[error] 77#77: *1 open() "/srv/www/app.js" failed (2: No such file or directory), ${client}, referrer: "https://h/"`,
    `[crit] 77#77: *1 open() "/srv/www/app.js" failed (13: Permission denied), ${client}`,
    `[crit] 77#77: *1 SSL_do_handshake() failed (SSL: error:0A000415:SSL routines::sslv3 alert certificate expired) while SSL handshaking, client: 203.0.113.9, server: 0.0.0.0:443`,
    `[alert] 77#77: could not do it`,
    `[crit] 77#77: *1 open() "/var/lib/nginx/proxy/1" failed (2: No such file or directory) while reading upstream, ${client}`,
  ])('doubts that all is well where this goes on: %s', (line) => {
    expect(saying('nginx_said', line).unexplained ?? []).toMatchObject([{ strangers: false, goesOn: true }])
    expect(saying('nginx_said', line).verdict).not.toBe('healthy')
  })
})

describe("PostgreSQL's log", () => {
  it.each([
    'reporting@debvisor FATAL:  password authentication failed for user "reporting"',
    'reporting@debvisor ERROR:  canceling statement due to statement timeout',
    '[unknown]@[unknown] FATAL:  password authentication failed for user "reporting"',
  ])('is told, and doubts nothing, where strangers go on: %s', (line) => {
    expect(saying('pg_said', line)).toMatchObject({
      verdict: 'healthy',
      unexplained: [{ strangers: true, goesOn: true }],
    })
  })

  it.each([
    'debvisor@debvisor ERROR:  role "reporting" does not exist',
    'debvisor@debvisor ERROR:  function now_or_never() does not exist',
    'FATAL:  could not do it',
  ])('doubts that all is well where this goes on: %s', (line) => {
    expect(saying('pg_said', line)).toMatchObject({
      verdict: 'inconclusive',
      unexplained: [{ strangers: false, goesOn: true }],
    })
  })
})
