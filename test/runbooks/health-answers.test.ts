import { describe, expect, it } from 'vitest'
import { causes, diagnose, finding, platformTopics, since } from './diagnosis.ts'
import { healthy } from './healthy.ts'
import { scriptAfter } from './scripts.ts'

/** What DebVisor answers where its API is asked for at other paths than the guide's, and /health/ready says so. */
function ready(status: number, body: object, others: readonly string[] = []): string {
  const json = JSON.stringify(body)
  return [
    '/api/health\t404\t3\tapplication/json {"error": "not found"}',
    `/health/ready\t${status}\t12\tapplication/json ${json.slice(0, 140)}${status >= 500 ? `\t${json}` : ''}`,
    '/health/live\t200\t3\tapplication/json {"alive": true}',
    '/\t302\t3\ttext/html ',
    ...others,
    '',
  ].join('\n')
}
const allWell = { database: true, redis: true, smtp: true }
const lacking = (changed: object) =>
  ready(503, { healthy: false, phase: 'running', dependencies: { ...allWell, ...changed } })

describe('a health answer that names what DebVisor lacks', () => {
  const cases: readonly (readonly [id: string, http: string])[] = [
    [
      'debvisor.cache-unreachable',
      lacking({ redis: 'Error 111 connecting to localhost:6379. Connection refused.' }),
    ],
    ['debvisor.mail-unreachable', lacking({ smtp: { status: 'error', error: 'timed out' } })],
    ['debvisor.disk-low', ready(503, { status: 'error', checks: { database: 'ok', disk: 'low' } })],
    ['debvisor.check-fails', ready(503, { checks: { database: 'ok', rpc: 'unavailable' } })],
  ]
  it.each(platformTopics.flatMap((topic) => cases.map(([id, http]) => [topic, id, http] as const)))(
    'is told by that alone (%s: %s)',
    (topic, id, http) => {
      const report = diagnose(topic, { changes: { http } })
      expect(causes(report)).toEqual([id])
      expect(report.findings.filter(({ role }) => role === 'consequence')).toEqual([])
      expect(finding(report, id).severity).toBe('warning')
      expect(finding(report, id).detail).toContain('GET /health/ready gives 503: ')
    },
  )

  it('is healthy with 200, whatever it says of what it does without', () => {
    for (const body of [
      { healthy: true, dependencies: allWell },
      { status: 'degraded', checks: { database: 'ok', redis: 'error', smtp: 'skipped' } },
    ])
      expect(diagnose('service', { changes: { http: ready(200, body) } }).verdict).toBe('healthy')
  })

  it('explains errors elsewhere, for which nobody need look at the database', () => {
    const http = ready(503, { dependencies: { database: true, redis: false } }, [
      '/api/status\t500\t9\ttext/html Error',
    ])
    const report = diagnose('service', {
      changes: { http, said_again: since(['17+0000 panel[9]: redis.exceptions.ConnectionError: Error 111']) },
    })
    expect(causes(report)).toEqual(['debvisor.cache-unreachable'])
    expect(finding(report, 'debvisor.api-errors')).toMatchObject({
      role: 'consequence',
      subject: '/api/status',
    })
  })

  it('tells no errors of its log besides, which are those of the check', () => {
    const said = since(
      [10, 12, 14, 16].map((second) => `${second}+0000 panel[9]: ERROR: health check redis failed`),
    )
    const told = (http: string) => diagnose('service', { changes: { http, said, said_again: said } })
    expect(told(ready(200, { healthy: true })).findings.map(({ id }) => id)).toContain('debvisor.errors')
    const report = told(lacking({ redis: false }))
    expect(report.findings.map(({ id }) => id)).not.toContain('debvisor.errors')
    expect(report.unexplained ?? []).toEqual([])
  })

  it('leaves what stands in the way of the folders alone', () => {
    const ownership = 'data\troot\troot\t755\t/var/lib/debvisor\n'
    expect(causes(diagnose('service', { changes: { http: lacking({ redis: false }), ownership } }))).toEqual([
      'debvisor.cache-unreachable',
    ])
  })
})

describe('the branch of the database', () => {
  const otherPort = 'host\tlocalhost\t/etc/debvisor/config.yaml:4\nport\t5999\t/etc/debvisor/config.yaml:5\n'
  const opened = (http: string): boolean => {
    const changes = { http, said_again: since(['17+0000 panel[9]: something else']), db_settings: otherPort }
    return causes(diagnose('service', { changes })).includes('postgresql.settings-differ')
  }
  const broken = '/api/status\t500\t9\ttext/html Error'

  it.each([
    ['the database', lacking({ database: 'could not connect' })],
    ['it and others', lacking({ database: false, redis: false })],
    ['nothing', ready(503, { status: 'error' })],
    [
      'another thing only, where other answers fail too',
      ready(503, { checks: { redis: 'error' } }, [broken]),
    ],
  ])('opens by a health answer that names %s', (_, http) => expect(opened(http)).toBe(true))

  it.each([
    ['is well', ready(200, { healthy: true })],
    ['names another thing', lacking({ redis: false })],
    [
      'says that the database is well, though other answers fail',
      ready(503, { dependencies: { ...allWell, redis: false } }, [broken]),
    ],
  ])('stays closed where the health answer %s', (_, http) => expect(opened(http)).toBe(false))
})

describe('DebVisor that is to end', () => {
  const draining = ready(
    503,
    { healthy: false, phase: 'draining', accepting_requests: false, dependencies: allWell },
    ['/api\t503\t2\ttext/plain Service unavailable'],
  ).replace('/\t302\t3\ttext/html ', '/\t503\t2\ttext/plain Service unavailable')

  it.each(platformTopics)('is told, and nothing of what its 503 could mean (%s)', (topic) => {
    const ws_direct = 'ws\t503\tService unavailable\npoll\t503\tService unavailable\n'
    const changes = { http: draining, ...(topic === 'websocket' ? { ws_direct } : {}) }
    const report = diagnose(topic, { changes })
    expect(causes(report)).toEqual(['debvisor.draining'])
    expect(finding(report, 'debvisor.draining').severity).toBe('critical')
  })

  it('is told besides a database that fails', () => {
    const both = draining.replaceAll('"database":true', '"database":false')
    const report = diagnose('service', {
      changes: { http: both, said_again: since(['17+0000 panel[9]: something']) },
    })
    expect(finding(report, 'debvisor.draining').detail).toContain('GET /health/ready gives 503')
    expect(finding(report, 'debvisor.api-errors').subject).toBe('/health/ready')
  })

  it('is not one that begins', () => {
    const starting = ready(503, { phase: 'starting', accepting_requests: false })
    expect(diagnose('service', { changes: { http: starting } }).findings.map(({ id }) => id)).not.toContain(
      'debvisor.draining',
    )
  })
})

it('no trouble are a login, a limit, and paths that nobody promised', () => {
  for (const status of [301, 302, 401, 403, 404, 429]) {
    const http = ready(200, { healthy: true }, [`/api/status\t${status}\t2\ttext/html Please log in`])
    expect(diagnose('service', { changes: { http } }).verdict).toBe('healthy')
  }
})

it('a health answer without an end is never green', () => {
  const http = `/health/ready\t200\t90\tapplication/json {"checks": "xxx\tcut\n/\t200\t3\ttext/html <html>\n`
  const report = diagnose('service', { changes: { http } })
  expect(causes(report)).toEqual(['debvisor.health-unread'])
  expect(finding(report, 'debvisor.health-unread')).toMatchObject({
    severity: 'warning',
    subject: '/health/ready',
  })
})

describe('the path of the API that nginx is asked for', () => {
  const nginx_config = (healthy.nginx_config ?? '').replace('http {', 'http {\n    proxy_cache pages;')
  const asked = (http: string, variables = {}) =>
    scriptAfter('websocket', 'api_caching', { http, nginx_config }, variables)
  it('is the one that DebVisor knows', () => {
    expect(asked(ready(200, { healthy: true }))).toContain("'/health/ready'")
    expect(asked(ready(200, { healthy: true }), { apiPath: '/health/live' })).toContain("'/health/live'")
    expect(asked('/api/health\t200\t3\tapplication/json {}\n/health/ready\t200\t3\ttext/html x\n')).toContain(
      "'/api/health'",
    )
    expect(
      asked('/api/health\t404\t3\ttext/html x\n/health/ready\t404\t3\ttext/html x\n/\t200\t1\ttext/html x\n'),
    ).toContain("'/api/health'")
  })
})
