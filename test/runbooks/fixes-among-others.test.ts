import { describe, expect, it } from 'vitest'
import { altered, type Changes, causes, denied, diagnose, finding, missing, onlySshd } from './diagnosis.ts'
import { healthy } from './healthy.ts'

/** A host rarely serves DebVisor alone: what a fix would take from others is told before it is asked for, or it is not offered. */

const cluster = (name: string, port: number, status: string): string =>
  `15 ${name} ${port} ${status} postgres /var/lib/postgresql/15/${name} /var/log/postgresql/postgresql-15-${name}.log\n`

const stopped: Changes = {
  http: '/api/health\t500\t20\tapplication/json {"error":"Internal Server Error"}\n',
  listeners: onlySshd,
  pg_clusters: cluster('main', 5432, 'down'),
  pg_processes: '',
  pg_ready: { exitCode: 2, stdout: 'localhost:5432 - no response\n' },
  pg_hello: 'tried=127.0.0.1 port 5432 Connection refused\nconnect=Connection refused\n',
  pg_said:
    'now=1795496539 zone=+0000\n2026-11-24 05:00:01.100 UTC [812] LOG:  received fast shutdown request\n2026-11-24 05:00:01.200 UTC [812] LOG:  database system is shut down\n',
  pg_activity: denied,
  pg_numbers: denied,
  pg_backends: '',
}

describe('a restart of PostgreSQL', () => {
  const restart = (changes: Changes, variables: Readonly<Record<string, unknown>> = {}) => {
    const report = diagnose('db', { changes: { ...stopped, ...changes }, variables })
    const found = report.findings.find(({ id }) => ['postgresql.stopped', 'postgresql.down'].includes(id))
    return { fix: found?.fix, said: found?.resolution.at(-1) }
  }

  it('is offered where its cluster is the only one, or another one is down as well', () => {
    expect(restart({})).toMatchObject({
      fix: 'restart-postgresql',
      said: 'Restart PostgreSQL: `systemctl restart postgresql`, after asking who stopped it and why',
    })
    const both = cluster('main', 5432, 'down') + cluster('old', 5433, 'down')
    expect(restart({ pg_clusters: both }).fix).toBe('restart-postgresql')
  })

  it('is not offered where the wrapper unit would stop a cluster that runs; the command is for ours alone', () => {
    const both = cluster('main', 5432, 'down') + cluster('wiki', 5433, 'online')
    const processes =
      '  692 Ss   postgres   /usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/wiki -c config_file=/etc/postgresql/15/wiki/postgresql.conf\n'
    expect(restart({ pg_clusters: both, pg_processes: processes })).toEqual({
      fix: undefined,
      said: expect.stringContaining(
        'Here that stops 15-wiki too, which runs: `systemctl restart postgresql@15-main`',
      ),
    })
    expect(
      restart({ pg_clusters: both, pg_processes: processes }, { pgUnit: 'postgresql@15-main' }),
    ).toMatchObject({
      fix: 'restart-postgresql',
      said: expect.not.stringContaining('15-wiki'),
    })
  })

  it('is not offered where nobody can say which clusters run', () => {
    expect(restart({ pg_clusters: { status: 'timed-out', stdout: '' } }).fix).toBeUndefined()
    expect(restart({ pg_clusters: missing }).fix).toBe('restart-postgresql')
  })

  it('names the databases of others whose sessions it cuts', () => {
    const session = (pid: number, user: string, database: string): string =>
      `  ${pid}  10828     4 postgres: 15/main: ${user} ${database} 127.0.0.1(43210) idle\n`
    const report = diagnose('db', {
      changes: {
        http: '/api/health\t500\t20\tapplication/json {"error":"Internal Server Error"}\n',
        pg_hello: 'connect=ok\nreply=none\n',
        pg_ready: { exitCode: 2, stdout: 'localhost:5432 - no response\n' },
        pg_activity: denied,
        pg_numbers: denied,
        pg_backends: [
          session(1, 'debvisor', 'debvisor'),
          session(2, 'wiki', 'wikidb'),
          session(3, 'wiki', 'wikidb'),
          session(4, 'check', 'postgres'),
        ].join(''),
      },
    })
    expect(finding(report, 'postgresql.hung')).toMatchObject({
      fix: 'restart-postgresql',
      touches: { others: ['the database wikidb, whose sessions of wiki are cut'] },
    })
  })
})

describe('a reload or restart of nginx', () => {
  const sites = `${healthy.nginx_config}
# configuration file /etc/nginx/sites-enabled/wiki:
server { listen 80; server_name wiki.example.com www.wiki.example.com; return 301 https://wiki.example.com$request_uri; }
server { listen 443 ssl; server_name wiki.example.com www.wiki.example.com; root /srv/wiki; }
`
  const down: Changes = {
    nginx_unit: altered('nginx_unit', [
      'ActiveState=inactive',
      'SubState=dead',
      'Result=success',
      'MainPID=0',
    ]),
    ws_nginx: 'nginx\tws\t-\t0\tconnect: Connection refused\ndirect\tws\t-\t101\t\n',
    nginx_said_again: 'now=1795496545 zone=+0000\n',
    nginx_test: denied,
  }
  const restart = (changes: Changes, variables: Readonly<Record<string, unknown>> = {}) => {
    const report = diagnose('websocket', { changes: { ...down, ...changes }, variables })
    expect(causes(report)).toEqual(['nginx.down'])
    return finding(report, 'nginx.down')
  }

  it('names the other sites, each once', () => {
    expect(restart({ nginx_config: sites })).toMatchObject({
      fix: 'restart-nginx',
      touches: { others: ['the site wiki.example.com'] },
    })
    const alone = restart({})
    expect(alone.fix).toBe('restart-nginx')
    expect(alone.touches).toBeUndefined()
  })

  it('names a site that has WebSockets of its own', () => {
    const chat =
      'server { listen 80; server_name chat.example.com; location ~ /api/v4/websocket { proxy_pass http://127.0.0.1:8065; } }\n'
    const { touches } = restart({ nginx_config: `${sites}${chat}` })
    expect(touches?.others).toEqual(['the site wiki.example.com', 'the site chat.example.com'])
  })

  it('is not offered where nginx reads another file than `nginx -t` tests', () => {
    const nginxFile = '/usr/local/openresty/nginx/conf/nginx.conf'
    expect(restart({}, { nginxFile }).fix).toBeUndefined()
  })
})

describe('the end of a session', () => {
  it('names whose it is', () => {
    const report = diagnose('db', {
      changes: {
        http: '/api/health\t200\t9000\tapplication/json {}\n',
        pg_activity: [
          '801,debvisor,debvisor,api,127.0.0.1,active,Lock,9,0,9,900,update hosts\n',
          '900,importer,warehouse,nightly load,127.0.0.1,idle in transaction,Client,700,690,700,,update hosts\n',
        ].join(''),
        pg_idle: '900,1700000000001\n',
      },
    })
    expect(finding(report, 'postgresql.idle-in-transaction')).toMatchObject({
      fix: 'end-idle-transaction',
      touches: { others: ['nightly load of importer in the database warehouse'] },
    })
  })
})
