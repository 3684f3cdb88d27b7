import { describe, expect, it } from 'vitest'
import { altered, type Changes, causes, diagnose, finding, since } from './diagnosis.ts'
import { healthy } from './healthy.ts'

const judged = (changes: Changes) => diagnose('service', { changes })
const ids = (changes: Changes): string[] => judged(changes).findings.map(({ id }) => id)
const gone = since(
  ['10', '12', '14'].map(
    (second) =>
      `${second}+0000 debvisor[7]: ERROR redis.exceptions.ConnectionError: Error 111 connecting to 127.0.0.1:6379. Connection refused.`,
  ),
)

describe('a cache that is down', () => {
  const words =
    'Bad file format reading the append only file appendonly.aof.1.incr.aof: make a backup of your AOF file, then use ./redis-check-aof --fix <filename.manifest>'

  it.each(['redis-server.service', 'valkey-server.service'])(
    'is told with its unit’s own last words: %s',
    (unit) => {
      const report = judged({
        said: gone,
        cache_unit: `${unit}\tfailed\texit-code\t/var/log/c.log\t${words}\n`,
      })
      expect(causes(report)).toContain('debvisor.cache-down')
      const { subject, title, resolution } = finding(report, 'debvisor.cache-down')
      expect(subject).toBe(unit)
      expect(title).toContain('does not start: Bad file format reading the append only file')
      expect(resolution.join()).toContain('redis-check-aof --fix')
    },
  )

  it('is told where its log may not be read, and where it was stopped', () => {
    const closed = judged({ said: gone, cache_unit: 'redis.service\tfailed\texit-code\t-\t-\n' })
    expect(finding(closed, 'debvisor.cache-down').resolution[0]).toContain('journalctl -u redis.service')
    const stopped = judged({ said: gone, cache_unit: 'redis.service\tinactive\tsuccess\t-\t-\n' })
    expect(finding(stopped, 'debvisor.cache-down').title).toBe('redis.service, the cache, is stopped')
  })

  it('is none that listens, that runs, or of which nobody complains', () => {
    const row = `redis-server.service\tfailed\texit-code\t-\t${words}\n`
    const listeners = `${healthy.listeners}tcp LISTEN 0 511 127.0.0.1:6379 0.0.0.0:* cgroup:/system.slice/redis-server.service <->\n`
    for (const changes of [
      { cache_unit: row },
      { said: gone, listeners, cache_unit: row },
      { said: gone, cache_unit: row.replace('failed', 'active') },
    ])
      expect(ids(changes)).not.toContain('debvisor.cache-down')
  })
})

describe('a cache whose connections one program holds', () => {
  const refused = since(
    ['10', '12', '14'].map(
      (second) =>
        `${second}+0000 debvisor[7]: redis.exceptions.ConnectionError: max number of clients reached`,
    ),
  )
  const listeners = `${healthy.listeners}tcp LISTEN 0 511 127.0.0.1:6379 0.0.0.0:* cgroup:/system.slice/redis-server.service <->\n`
  const held = (rows: string): Changes => ({ said: refused, listeners, cache_holders: rows })

  it('is told with its name', () => {
    const report = judged(held('client\tqueue-worker.service\t11\naccepted\t-\t12\nwaiting\t-\t0\n'))
    expect(causes(report)).toEqual(['debvisor.cache-held'])
    expect(finding(report, 'debvisor.cache-held').subject).toBe('queue-worker.service')
    expect(finding(report, 'debvisor.cache-refuses').role).toBe('consequence')
  })

  it('is none where DebVisor itself or many hold them', () => {
    for (const rows of [
      'client\tdebvisor.service\t11\naccepted\t-\t12\n',
      'client\ta.service\t5\nclient\tb.service\t5\naccepted\t-\t12\n',
    ])
      expect(causes(judged(held(rows)))).toEqual(['debvisor.cache-refuses'])
  })
})

describe('a host name with an address where nobody answers', () => {
  const failing = (name: string) =>
    since(
      ['10', '12', '14'].map(
        (second) =>
          `${second}+0000 debvisor[7]: ERROR RPC call nodes.list failed: UNAVAILABLE: ${name}:7443: [Errno 113] No route to host`,
      ),
    )
  const hosts = '198.18.0.70\t/etc/hosts:9\n198.18.0.70\t-\n'

  it('is told with the line of /etc/hosts that gives it', () => {
    const report = judged({ said: failing('rpc.internal'), called_name: hosts })
    expect(causes(report)).toContain('debvisor.called-address')
    const { subject, title } = finding(report, 'debvisor.called-address')
    expect(subject).toBe('/etc/hosts:9')
    expect(title).toBe(
      'rpc.internal, which DebVisor calls, has an address where nobody answers: 198.18.0.70 (/etc/hosts:9)',
    )
  })

  it.each([
    ['a name server gives it', 'rpc.internal', '198.18.0.70\t-\n'],
    ['the file gives it one of this host', 'rpc.internal', '127.0.0.1\t/etc/hosts:9\n127.0.0.1\t-\n'],
    ['an address is called, not a name', '198.18.0.70', hosts],
  ])('is not told where %s', (_, name, called_name) => {
    expect(ids({ said: failing(name), called_name })).not.toContain('debvisor.called-address')
  })
})

describe('a service whose workers die while they load it', () => {
  const http = '/api/health\t0\t3\tconnect: Connection refused\n'
  const died = (dialect: string) =>
    since([
      `00+0000 gunicorn[7]: sqlalchemy.exc.NoSuchModuleError: Can't load plugin: sqlalchemy.dialects:${dialect}`,
      '01+0000 gunicorn[7]: [ERROR] Reason: Worker failed to boot.',
    ])
  const unit = altered('unit', ['NRestarts=1', 'ChangedAgo=0', 'TriedAgo=6'])
  const db_settings = 'host\tlocalhost\t/etc/systemd/system/debvisor.service:13\n'

  it('is shut off by no firewall, and names the URL and its place', () => {
    const report = judged({ http, said: died('postgres'), unit, db_settings })
    expect(causes(report)).toContain('debvisor.database-dialect')
    expect(causes(report)).not.toContain('debvisor.firewall')
    const { subject, title, resolution } = finding(report, 'debvisor.database-dialect')
    expect(subject).toBe('/etc/systemd/system/debvisor.service:13')
    expect(title).toContain('DATABASE_URL begins with postgres://, which SQLAlchemy does not know')
    expect(resolution[0]).toContain(
      "sed -i 's|postgres://|postgresql://|' /etc/systemd/system/debvisor.service;",
    )
  })

  it('keeps the driver that the URL names', () => {
    const report = judged({ http, said: died('postgres.psycopg2'), unit, db_settings })
    expect(finding(report, 'debvisor.database-dialect').resolution[0]).toContain('postgresql+psycopg2://')
  })

  it('is well once something answers: the line is of the start before', () => {
    expect(ids({ said: died('postgres'), unit })).not.toContain('debvisor.database-dialect')
  })

  it('that is up and refuses its clients all the time is behind a firewall', () => {
    const up = altered('unit', ['NRestarts=0', 'ChangedAgo=900', 'TriedAgo=900'])
    expect(causes(judged({ http, unit: up }))).toContain('debvisor.firewall')
    expect(ids({ http, unit })).not.toContain('debvisor.firewall')
  })
})
