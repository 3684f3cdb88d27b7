import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { ask } from './ask.ts'

/** A unit as systemctl shows it. */
const unit = (name: string, more: Record<string, string> = {}): string =>
  Object.entries({
    Id: `${name}.service`,
    LoadState: 'loaded',
    ActiveState: 'active',
    UnitFileState: 'enabled',
    Type: 'simple',
    User: '',
    Group: '',
    WorkingDirectory: '',
    ExecStart: '',
    Environment: '',
    FragmentPath: `/etc/systemd/system/${name}.service`,
    StandardError: 'inherit',
    MainPID: '1',
    ...more,
  })
    .map(([key, value]) => `${key}=${value}`)
    .join('\n')
const execStart = (argv: string): string =>
  `{ path=${argv.split(' ')[0]} ; argv[]=${argv} ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }`
const listens = (address: string, name: string): string =>
  `LISTEN 0 128 ${address} 0.0.0.0:* uid:33 ino:1 sk:1 cgroup:/system.slice/${name}.service <->`

interface OnHost {
  /** By name. */
  readonly units?: Readonly<Record<string, Record<string, string>>>
  readonly sockets?: readonly string[]
  readonly site?: string
  readonly files?: Readonly<Record<string, string>>
  readonly given?: readonly [string, string]
  /** pgHost, pgPort, pgUser, pgDatabase, as the inventory has them. */
  readonly database?: readonly [string, string, string, string]
}

/** systemctl shows of the units that it is asked for those that are there, and without --all of a pattern those that run, as the real one does. */
async function discover({
  units = {},
  sockets = [],
  site,
  files = {},
  given = ['debvisor', '8080'],
  database,
}: OnHost) {
  const shown = Object.entries(units).map(([name, more]) => [`shown/${name}.service`, unit(name, more)])
  const named = Object.keys(units).map((name) => [`etc/systemd/system/${name}.service`, ''])
  const nginx =
    site === undefined
      ? {}
      : {
          'etc/nginx/nginx.conf': 'http { include sites-enabled/*; }',
          'etc/nginx/sites-enabled/debvisor-panel': site,
        }
  const world = {
    tree: { 'etc/hostname': 'host1', ...Object.fromEntries([...shown, ...named]), ...nginx, ...files },
    programs: {
      systemctl: `case $* in *--all*) ;; *) set -f ;; esac
for name; do for file in $root/shown/$name; do [ -f "$file" ] && { cat "$file"; echo; echo; } ; done; done; true`,
      ss: `cat <<'END'\n${sockets.join('\n')}\nEND`,
    },
  }
  const own = ['nginx/nginx.conf', 'debvisor/config.yaml', 'debvisor.env'].map((name) => `$root/etc/${name}`)
  const said = await ask('debvisor/discovery.pl', [...given, ...own, ...(database ?? [])], world)
  expect({ status: said.status, stderr: said.stderr }).toEqual({ status: 0, stderr: '' })
  expect(said.stdout).toMatch(/\n=== end\n$/)
  const lines = said.stdout.split('\n').filter((line) => /^\w+=/.test(line))
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
}

const behindTls = `
  server { listen 80; server_name panel.debvisor.local; return 301 https://$host$request_uri; }
  upstream debvisor_panel { server localhost:8443; keepalive 32; }
  server { listen 443 ssl; server_name panel.debvisor.local; location / { proxy_pass https://debvisor_panel; } }`

const gunicorn = {
  User: 'www-data',
  Group: 'www-data',
  WorkingDirectory: '/opt/debvisor/web/panel',
  ExecStart: execStart(
    '/usr/bin/gunicorn --workers 4 --bind 127.0.0.1:8443 --certfile /etc/debvisor/certs/panel.crt --error-logfile /var/log/debvisor/panel-error.log app:app',
  ),
}
describe('the guide’s own unit', () => {
  it('keeps the guide’s names, and nothing else is called DebVisor', async () => {
    const found = await discover({
      units: {
        debvisor: { ExecStart: execStart('/opt/debvisor/bin/debvisor-server') },
        'debvisor-collector': {},
      },
      sockets: [listens('0.0.0.0:8080', 'debvisor')],
      site: 'server { listen 80; location / { proxy_pass http://127.0.0.1:8080; } }',
    })
    expect(found).toMatchObject({
      unit: 'debvisor',
      port: '8080',
      tls: 'false',
      user: '',
      folder: '',
      database: '',
      frontPort: '80',
      services: 'debvisor-collector',
      said: 'debvisor on 8080, behind nginx site debvisor-panel on 80; debvisor-collector',
    })
  })

  it.each([
    ['where a PostgreSQL listens there', '127.0.0.1:5433', '5433'],
    ['and no other port, for that may be a mistake', '127.0.0.1:5432', ''],
  ])('has its database at the port of config.yaml %s', async (_, address, port) => {
    const config =
      'listen:\n  port: 8080\ndatabase:\n  host: localhost\n  port: 5433 # moved\npool:\n  port: 5432\n'
    const found = await discover({
      units: { debvisor: { ExecStart: execStart('/opt/debvisor/bin/debvisor-server') } },
      sockets: [listens('0.0.0.0:8080', 'debvisor'), listens(address, 'postgresql@15-platform')],
      files: { 'etc/debvisor/config.yaml': config },
    })
    expect(found.dbPort).toBe(port)
  })

  const guide = { debvisor: { ExecStart: execStart('/opt/debvisor/bin/debvisor-server') } }
  const withConfig = (config: string, more: Partial<OnHost> = {}) =>
    discover({
      units: guide,
      sockets: [listens('0.0.0.0:8080', 'debvisor'), listens('127.0.0.1:5432', 'postgresql@15-main')],
      ...more,
      files: { 'etc/debvisor/config.yaml': config, ...more.files },
    })
  const section = (...lines: string[]) => `database:\n${lines.map((line) => `  ${line}\n`).join('')}`
  const fleet = section('host: localhost', 'name: fleet', 'user: fleet_app', 'password: hush')

  it.each([
    ['a section', fleet, ['localhost', '', 'fleet_app', 'fleet']],
    ['quotes and remarks', section('host: "db1" # the old one', "name: 'fleet'"), ['db1', '', '', 'fleet']],
    [
      'a folder of the socket file',
      section('host: /var/run/postgresql'),
      ['/var/run/postgresql', '', '', ''],
    ],
    ['one line', 'database: {host: db1, port: 5433, name: fleet}\n', ['db1', '5433', '', 'fleet']],
    ['a URL', section('url: postgresql://fleet_app:hush@db1/fleet'), ['db1', '', 'fleet_app', 'fleet']],
    ['a URL in place of a section', 'database: postgresql://a:hush@db1/b\n', ['db1', '', 'a', 'b']],
    ['a byte order mark', `\ufeff${fleet}`, ['localhost', '', 'fleet_app', 'fleet']],
    [
      'sections within it',
      section('pool:', '  name: small', 'name: fleet', 'role: "a"'),
      ['', '', 'a', 'fleet'],
    ],
    [
      'what else YAML has',
      `--- # of May\nmotd: |\n  no: database:\n  \tas it is\nhosts: [a,\n  b]\n"of: all": &x 1\nlong: words that\n  go on\nlist:\n- a\n- b: 1\n  name: c\n${fleet}`,
      ['localhost', '', 'fleet_app', 'fleet'],
    ],
  ])('has the database that config.yaml names: by %s', async (_, config, [host, port, user, name]) => {
    const found = await withConfig(config)
    expect(found).toMatchObject({ dbHost: host, dbPort: port, dbUser: user, dbName: name, dbGuess: '' })
    expect(JSON.stringify(found)).not.toContain('hush')
  })

  it('says which database, role and host that is', async () => {
    expect((await withConfig(fleet)).said).toBe(
      'debvisor on 8080; PostgreSQL at localhost:5432 (database fleet, role fleet_app)',
    )
    expect((await withConfig(section('host: db1', 'port: 5433'))).said).toBe(
      'debvisor on 8080; PostgreSQL at db1:5433, another host',
    )
    expect((await withConfig(section('host: /var/run/postgresql'))).said).toBe(
      'debvisor on 8080; PostgreSQL at /var/run/postgresql',
    )
    const named = await withConfig(fleet, { database: ['db2', '5432', 'debvisor', 'stock'] })
    expect(named.said).toBe(
      'debvisor on 8080; PostgreSQL at db2:5432 (database stock, role fleet_app), another host',
    )
  })

  it.each([
    [
      '.env over config.yaml',
      { 'etc/debvisor.env': 'DATABASE_NAME=stock\n' },
      {},
      ['localhost', 'fleet_app', 'stock'],
    ],
    [
      'the unit over .env',
      { 'etc/debvisor.env': 'DB_NAME=stock\n' },
      { Environment: 'DB_NAME=unit DB_HOST=db3' },
      ['db3', 'fleet_app', 'unit'],
    ],
    [
      'its file over the unit, a URL over all',
      { 'etc/default/own': 'DATABASE_URL=postgresql://a:hush@db4/b\n' },
      { Environment: 'DATABASE_HOST=db3', EnvironmentFiles: '$root/etc/default/own (ignore_errors=no)' },
      ['db4', 'a', 'b'],
    ],
    [
      'config.yaml over what libpq takes from the environment',
      { 'etc/debvisor.env': 'PGDATABASE=stock\nPGHOST=db5\n' },
      {},
      ['localhost', 'fleet_app', 'fleet'],
    ],
  ])('is read as a program reads its settings: %s', async (_, files, more, [host, user, name]) => {
    const found = await withConfig(fleet, { files, units: { debvisor: { ...guide.debvisor, ...more } } })
    expect(found).toMatchObject({ dbHost: host, dbUser: user, dbName: name })
    expect(JSON.stringify(found)).not.toContain('hush')
  })

  const own = '/etc/debvisor/config.yaml could not be read: '
  it.each([
    [
      'a line without its colon',
      `server:\n  host: a\n  port 8080\n  b: c\n${fleet}`,
      `${own}line 3 is no YAML`,
    ],
    ['words where a key is expected', `hush\n${fleet}`, `${own}line 1 is no YAML`],
    ['a tab', `server:\n\tport: 8080\n${fleet}`, `${own}line 2 is no YAML`],
    ['a quote without its end', `a: "hush\n${fleet}`, `${own}line 1 is no YAML`],
    ['another quote without its end', section('name: "hush'), `${own}line 2 is no YAML`],
    ['a bracket without its end', `${fleet}b: [hush\n`, `${own}line 6 is no YAML`],
    ['a megabyte', fleet + '# of May\n'.repeat(120_000), `${own}it has more than 256 KB`],
    ['two databases', `${fleet}postgres:\n  host: db9\n`, `${own}it names several databases (lines 1, 6)`],
    ['a key twice', `${fleet}${section('name: stock')}`, `${own}it names several databases (lines 1, 6)`],
    [
      'an alias',
      `a: &of {name: hush}\ndatabase: *of\n`,
      `${own}line 2 says it in a way that is not read here`,
    ],
    ['a placeholder', section('name: ${NAME}'), `${own}line 1 says it in a way that is not read here`],
    [
      'a name that no command takes',
      section('name: "-c hush"', 'host: db1'),
      'the name of its database could not be read: it has characters that are not taken from a host',
    ],
  ])('has a guess for its database, and says so: %s', async (_, config, dbGuess) => {
    const found = await withConfig(config)
    expect(found).toMatchObject({ dbName: '', dbGuess })
    expect(found.said).toContain(`(a guess: ${dbGuess})`)
    expect(JSON.stringify(found)).not.toContain('hush')
  })

  it.each(['postgresql//hush', 'mysql://u:hush@h/d'])(
    'has a guess where its URL is none: %s',
    async (url) => {
      const found = await withConfig(fleet, { files: { 'etc/debvisor.env': `DATABASE_URL=${url}\n` } })
      expect(found).toMatchObject({ dbHost: '', dbName: '', dbUser: '' })
      expect(found.dbGuess).toMatch(/^DATABASE_URL could not be read: it is no URL/)
      expect(JSON.stringify(found)).not.toContain('hush')
    },
  )

  // systemd itself holds the socket of a socket unit, so ss names no service.
  it.each([
    ['/usr/lib/systemd/systemd-socket-proxyd 127.0.0.1:5432', '', ', which leads to 127.0.0.1:5432'],
    ['/usr/bin/ssh -N -L 6432:db1.internal:5432 hop', 'database-way', ', which leads to db1.internal:5432'],
    [
      '/usr/bin/socat TCP-LISTEN:6432,fork TCP:[fd00::7]:5432',
      'database-way',
      ', which leads to [fd00::7]:5432',
    ],
    ['/usr/sbin/pgbouncer -d /etc/pgbouncer/pgbouncer.ini', 'database-way', ''],
  ])('is behind a program that leads to it: %s', async (argv, holder, leads) => {
    const held =
      holder === '' ? 'LISTEN 0 9 127.0.0.1:6432 0.0.0.0:* ino:1 sk:1' : listens('127.0.0.1:6432', holder)
    const found = await withConfig(section('port: 6432'), {
      units: { ...guide, 'database-way': { ExecStart: execStart(argv) } },
      sockets: [listens('0.0.0.0:8080', 'debvisor'), held],
      files: {
        'shown/*.socket': 'Listen=127.0.0.1:6432 (Stream)\nTriggers=database-way.service\n',
        'var/run/none': '',
        'tmp/none': '',
      },
    })
    expect(found).toMatchObject({ dbPort: '6432', psqlHost: 'elsewhere' })
    expect(found.said).toBe(`debvisor on 8080; PostgreSQL at localhost:6432 by database-way${leads}`)
  })

  it.each([
    ['a unit of PostgreSQL', listens('127.0.0.1:5432', 'postgresql@15-main'), {}],
    [
      'a cluster',
      listens('127.0.0.1:5432', 'own'),
      { 'etc/postgresql/15/main/postgresql.conf': 'port = 5432\n' },
    ],
  ])('is not behind %s', async (_, held, files) => {
    const found = await withConfig(fleet, {
      sockets: [held],
      files: { 'var/run/none': '', 'tmp/none': '', ...files },
    })
    expect(found).toMatchObject({ psqlHost: '' })
    expect(found.said).not.toContain(' by ')
  })

  it.each([
    ['db1.internal', 'elsewhere'],
    ['192.0.2.9', 'elsewhere'],
    ['localhost', ''],
    ['127.0.0.1', ''],
    ['db', ''],
    ['host1', ''],
    ['/srv/pg', '/srv/pg'],
  ])('is asked by psql where it is: %s', async (host, psqlHost) => {
    const files = {
      'proc/sys/kernel/hostname': 'host1\n',
      'etc/hosts': '192.0.2.9 db1.internal\n127.0.1.1 host1.example.com db # here\n',
    }
    expect(await withConfig(section(`host: ${host}`), { files })).toMatchObject({ dbHost: host, psqlHost })
    const named = await withConfig(fleet, { files, database: [host, '5432', 'debvisor', 'debvisor'] })
    expect(named.psqlHost).toBe(psqlHost)
  })

  it('is at a port where a cluster is to listen, though it is down', async () => {
    const files = { 'etc/postgresql/15/platform/postgresql.conf': '#port = 5432\nport = 5433\t# moved\n' }
    expect(await withConfig(section('port: 5433'), { files })).toMatchObject({ dbPort: '5433' })
    expect(await withConfig(section('port: 5434'), { files })).toMatchObject({ dbPort: '' })
  })

  it('is expected where nginx leads to, though it listens elsewhere', async () => {
    const found = await discover({
      units: { debvisor: {} },
      sockets: [listens('0.0.0.0:8081', 'debvisor')],
      site: 'server { listen 80; location / { proxy_pass http://127.0.0.1:8080; } }',
    })
    expect(found).toMatchObject({ unit: 'debvisor', port: '8080' })
  })

  it('is expected where it listens, though nginx leads elsewhere', async () => {
    const found = await discover({
      units: { debvisor: {} },
      sockets: [listens('0.0.0.0:8080', 'debvisor')],
      site: 'server { listen 80; location / { proxy_pass http://127.0.0.1:8081; } }',
    })
    expect(found).toMatchObject({ unit: 'debvisor', port: '8080' })
  })

  it('is not what an upgrade left behind, where another unit took its place', async () => {
    const off = { ActiveState: 'inactive', UnitFileState: 'disabled' }
    const both = { debvisor: off, 'debvisor-panel': gunicorn }
    expect(await discover({ units: both })).toMatchObject({ unit: 'debvisor-panel' })
    expect(await discover({ units: { debvisor: off } })).toMatchObject({ unit: 'debvisor' })
  })

  it('is the unit that the inventory names', async () => {
    const found = await discover({
      units: { web: { User: 'web' }, debvisor: {} },
      sockets: [listens('0.0.0.0:9000', 'web')],
      given: ['web', '9000'],
    })
    expect(found).toMatchObject({ unit: 'web', port: '9000' })
  })
})

describe('a web panel', () => {
  it('is found with its socket, TLS, user, folder, logs and the port that browsers use', async () => {
    const found = await discover({
      units: { 'debvisor-panel': gunicorn, 'debvisor-rpcd': { User: 'debvisor-rpc' } },
      sockets: [
        listens('127.0.0.1:8443', 'debvisor-panel'),
        listens('127.0.0.1:7443', 'debvisor-rpcd'),
        listens('0.0.0.0:443', 'nginx'),
        listens('0.0.0.0:80', 'nginx'),
      ],
      site: behindTls,
    })
    expect(found).toMatchObject({
      unit: 'debvisor-panel',
      port: '8443',
      tls: 'true',
      user: 'www-data',
      folder: '/opt/debvisor/web/panel',
      errorLog: '/var/log/debvisor/panel-error.log',
      frontPort: '443',
      siteHost: 'panel.debvisor.local',
      services: 'debvisor-rpcd',
      said: 'debvisor-panel on 8443 (TLS), behind nginx site debvisor-panel on 443; debvisor-rpcd on 7443',
    })
  })

  it('that is down has the port of its arguments', async () => {
    const found = await discover({
      units: { 'debvisor-panel': { ...gunicorn, ActiveState: 'failed' } },
      site: behindTls,
    })
    expect(found).toMatchObject({ unit: 'debvisor-panel', port: '8443', tls: 'true', frontPort: '443' })
  })

  it('without nginx is reached at its own port', async () => {
    const argv = '/usr/bin/gunicorn -b 0.0.0.0:443 --certfile /etc/debvisor/certs/panel.crt app:app'
    const found = await discover({
      units: { 'debvisor-panel': { ...gunicorn, ExecStart: execStart(argv) } },
      sockets: [listens('0.0.0.0:443', 'debvisor-panel')],
    })
    expect(found).toMatchObject({ port: '443', frontPort: '443', said: 'debvisor-panel on 443 (TLS)' })
  })

  it('of another name is what nginx leads to, where it is of the platform', async () => {
    const found = await discover({
      units: { 'dv-web': gunicorn },
      sockets: [listens('127.0.0.1:8443', 'dv-web'), listens('0.0.0.0:443', 'nginx')],
      site: behindTls,
    })
    expect(found).toMatchObject({ unit: 'dv-web', port: '8443' })
  })

  it('is not what nginx leads to otherwise', async () => {
    const found = await discover({
      units: { blog: { ExecStart: execStart('/usr/bin/node /srv/blog/server.js') } },
      sockets: [listens('127.0.0.1:3000', 'blog')],
      site: 'server { listen 80; location / { proxy_pass http://127.0.0.1:3000; } }',
    })
    expect(found).toMatchObject({ unit: '', choice: '', said: '' })
  })

  it('has its bind address in gunicorn’s own file, which may say TLS too', async () => {
    const found = await discover({
      units: {
        'debvisor-panel': {
          ...gunicorn,
          WorkingDirectory: '$root/opt/panel',
          ExecStart: execStart('/usr/bin/gunicorn app:app'),
        },
      },
      files: {
        'opt/panel/gunicorn.conf.py': '# bind = "x:1"\nbind = "127.0.0.1:9443"\ncertfile = "/c.pem"\n',
      },
    })
    expect(found).toMatchObject({ port: '9443', tls: 'true' })
  })

  it.each([
    ['speaks TLS', Buffer.from([0x15, 3, 3, 0, 2, 2, 40]), 'true'],
    ['speaks HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), 'false'],
  ])('is asked where nothing tells: it %s', async (_, answer, tls) => {
    const server = createServer((socket) =>
      socket.on('error', () => {}).once('data', () => socket.end(answer)),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const found = await discover({
      units: { 'debvisor-panel': { ExecStart: execStart('/usr/bin/python3 app.py') } },
      sockets: [listens(`0.0.0.0:${port}`, 'debvisor-panel')],
    })
    server.close()
    expect(found).toMatchObject({ port: String(port), tls, frontPort: String(port) })
  })
})

describe('several units', () => {
  it('that fit equally are a choice, and none is taken', async () => {
    const found = await discover({
      units: { 'debvisor-a': {}, 'debvisor-b': {} },
      sockets: [listens('0.0.0.0:1', 'debvisor-a'), listens('0.0.0.0:2', 'debvisor-b')],
    })
    expect(found).toMatchObject({ unit: '', choice: 'debvisor-a debvisor-b', services: '' })
  })

  it('that nginx shares requests between are one service: the first of the group, and the others beside it', async () => {
    const units = { 'debvisor-a': {}, 'debvisor-b': {} }
    const sockets = [listens('0.0.0.0:8444', 'debvisor-a'), listens('0.0.0.0:8443', 'debvisor-b')]
    const site = (members: string) =>
      `upstream panel { ${members} }\nserver { listen 443 ssl; location / { proxy_pass https://panel; } }`
    const both = await discover({
      units,
      sockets,
      site: site('server 127.0.0.1:8443; server 127.0.0.1:8444;'),
    })
    expect(both).toMatchObject({ unit: 'debvisor-b', port: '8443', choice: '', services: 'debvisor-a' })
    const one = await discover({
      units: { ...units, 'debvisor-c': {} },
      sockets: [...sockets, listens('0.0.0.0:8445', 'debvisor-c')],
      site: `${site('server 127.0.0.1:8443; server 127.0.0.1:8444;')}\nserver { listen 444; location / { proxy_pass http://127.0.0.1:8445; } }`,
    })
    expect(one).toMatchObject({ unit: '', choice: 'debvisor-a debvisor-b debvisor-c' })
  })

  it('leave out what serves no pages, runs once, or is not in use', async () => {
    const found = await discover({
      units: {
        'debvisor-panel': gunicorn,
        'debvisor-rpc': {},
        'debvisor-firstboot': { Type: 'oneshot' },
        'debvisor-old': { ActiveState: 'inactive', UnitFileState: 'disabled' },
        'debvisor-backup': { Type: 'oneshot', ActiveState: 'inactive', UnitFileState: 'static' },
      },
    })
    expect(found).toMatchObject({ unit: 'debvisor-panel', services: 'debvisor-rpc' })
  })
})

describe('the database', () => {
  const panel = (more: Record<string, string>) => ({ 'debvisor-panel': { ...gunicorn, ...more } })

  it.each([
    [
      'postgresql://debvisor:p@ss:w@db.example:5433/panel',
      ['postgresql', 'debvisor', 'db.example', '5433', 'panel', ''],
    ],
    [
      'postgresql+psycopg2://u@/panel?host=/run/postgresql',
      ['postgresql', 'u', '/run/postgresql', '', 'panel', ''],
    ],
    ['postgres://localhost/panel?sslmode=require', ['postgresql', '', 'localhost', '', 'panel', '']],
    ['sqlite:////var/lib/debvisor/panel.db', ['sqlite', '', '', '', '', '/var/lib/debvisor/panel.db']],
    ['sqlite:///debvisor.db', ['sqlite', '', '', '', '', 'debvisor.db']],
    ['mysql://u:p@h/d', ['unknown', '', '', '', '', '']],
    ['postgresql://u:12#3@h/d', ['postgresql', 'u', 'h', '', 'd', '']],
    ['postgresql://u:p@h:5/d?application_name=a@b', ['postgresql', 'u', 'h', '5', 'd', '']],
    ['postgresql://u:12?3@h/d', ['unknown', '', '', '', '', '']],
    ['sqlite+pysqlcipher://:hush@//srv/foo.db', ['sqlite', '', '', '', '', '/srv/foo.db']],
    ['postgresql//broken', ['unknown', '', '', '', '', '']],
  ])(
    'is where DATABASE_URL of the unit leads: %s',
    async (url, [database, dbUser, dbHost, dbPort, dbName, dbFile]) => {
      const found = await discover({
        units: panel({ Environment: `A=b "DATABASE_URL=${url}" SECRET_KEY=hush` }),
      })
      expect(found).toMatchObject({ database, dbUser, dbHost, dbPort, dbName, dbFile })
      expect(JSON.stringify(found)).not.toMatch(/hush|p@ss/)
    },
  )

  it('is read from the files of the unit, then from .env of its folder', async () => {
    const files = {
      'opt/panel/.env': 'DATABASE_URL=sqlite:////a.db\nREDIS_URL="redis://:pw@localhost:6379/0"\n',
      'etc/default/panel': "# none\nDATABASE_URL='postgresql://x:y@h1/d'\n",
    }
    const folder = { WorkingDirectory: '$root/opt/panel' }
    expect(await discover({ units: panel(folder), files })).toMatchObject({
      database: 'sqlite',
      dbFile: '/a.db',
      envFile: '/opt/panel/.env',
      cache: 'localhost:6379',
    })
    const named = { ...folder, EnvironmentFiles: '$root/etc/default/panel (ignore_errors=yes)' }
    const found = await discover({ units: panel(named), files })
    expect(found).toMatchObject({ database: 'postgresql', dbHost: 'h1', envFile: '/etc/default/panel' })
  })

  it.each([
    ['postgresql//hush', 'DATABASE_URL'],
    ['hush', 'DATABASE_URL'],
    ['mysql+pymysql://u:hush@h/d', ''],
    ['postgresql://u:12?hush@h/d', ''],
  ])('has a URL that is none: %s', async (url, dbBroken) => {
    const found = await discover({ units: panel({ Environment: `DATABASE_URL=${url}` }) })
    expect(found).toMatchObject({ database: 'unknown', dbBroken })
    expect(JSON.stringify(found)).not.toContain('hush')
  })

  // As systemd 257 gave them to a unit that printed its environment.
  it.each([
    ['no export', 'export DATABASE_URL=postgresql://h2/d', 'unknown', ''],
    ['a comment of its own line', '; DATABASE_URL=postgresql://h2/d', 'unknown', ''],
    ['no comment behind a value', "DATABASE_URL='postgresql://h2/d' # why", 'unknown', ''],
    ['a value of several lines', 'DATABASE_URL=postgresql://h2\\\n/d', 'postgresql', 'h2'],
    ['quotes and escapes', 'DATABASE_URL="postgresql://u:p\\$\\"x@h2/d"', 'postgresql', 'h2'],
    ['spaces around', ' DATABASE_URL = postgresql://h2/d  ', 'postgresql', 'h2'],
    ['the last of two', 'DATABASE_URL=postgresql://h1/d\nDATABASE_URL=postgresql://h2/d', 'postgresql', 'h2'],
    ['a quote without its end', "A='x\nDATABASE_URL=postgresql://h2/d\n", 'unknown', ''],
  ])('is read by systemd’s rules from a file of the unit: %s', async (_, text, database, dbHost) => {
    const found = await discover({
      units: panel({ EnvironmentFiles: '$root/etc/default/panel (ignore_errors=no)' }),
      files: { 'etc/default/panel': `${text}\n` },
    })
    expect(found).toMatchObject({ database, dbHost })
  })

  it('is read from several files, of which the last counts, and not where the unit takes it away', async () => {
    const both = {
      EnvironmentFiles:
        '$root/etc/default/panel a (ignore_errors=no)\nEnvironmentFiles=$root/etc/default/panel.d/*.env (ignore_errors=yes)',
    }
    const files = {
      'etc/default/panel a': 'DATABASE_URL=postgresql://h1/d\n',
      'etc/default/panel.d/1.env': 'DATABASE_URL=postgresql://h2/d\n',
    }
    expect(await discover({ units: panel(both), files })).toMatchObject({ dbHost: 'h2' })
    const without = { ...both, UnsetEnvironment: 'DATABASE_URL' }
    expect(await discover({ units: panel(without), files })).toMatchObject({ database: 'unknown' })
  })

  it('is found in an environment file of a megabyte, of which no value is taken in part', async () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => `NAME_${i}=${'x'.repeat(80)}\n`)
    const named = panel({ EnvironmentFiles: '$root/etc/default/panel (ignore_errors=no)' })
    const url = 'DATABASE_URL=postgresql://h1/d\n'
    const inside = [...many(6_000), url, ...many(6_000)].join('')
    expect(await discover({ units: named, files: { 'etc/default/panel': inside } })).toMatchObject({
      dbHost: 'h1',
    })
    const filled = many(22_000).join('')
    const cut = `${filled}B=${'x'.repeat(2 ** 21 - filled.length - 28)}\n${url}`
    expect(await discover({ units: named, files: { 'etc/default/panel': cut } })).toMatchObject({
      database: 'unknown',
      dbHost: '',
    })
  })

  it.each([
    ['REDIS_URL=redis://:hu#sh@cache:6379/0', 'cache:6379'],
    ['REDIS_URL="redis://:hu/sh@cache/1"', 'cache'],
    ['REDIS_URL=redis://:hush', ''],
    ['REDIS_URL=redis://:hu?sh@cache', ''],
  ])('never shows a part of a password: %s', async (line, cache) => {
    const files = { 'opt/panel/.env': `EMPTY=\n${line}\n` }
    const found = await discover({ units: panel({ WorkingDirectory: '$root/opt/panel' }), files })
    expect(found.cache).toBe(cache)
    expect(JSON.stringify(found)).not.toMatch(/hu[#/?]?sh/)
  })

  it('has a file of the unit win over what the unit sets itself', async () => {
    const found = await discover({
      units: panel({
        Environment: 'DATABASE_URL=postgresql://a@localhost/d',
        EnvironmentFiles: '$root/etc/default/panel (ignore_errors=yes)',
      }),
      files: { 'etc/default/panel': 'DATABASE_URL=sqlite:////srv/p.db\n' },
    })
    expect(found).toMatchObject({ database: 'sqlite', dbFile: '/srv/p.db' })
  })

  it('is not known where nothing says', async () => {
    expect(await discover({ units: panel({}) })).toMatchObject({ database: 'unknown', dbHost: '' })
  })
})

const off = { ActiveState: 'inactive', UnitFileState: 'disabled' }
/** As systemctl shows a socket unit. */
const socketUnit = (listen: string, ActiveState = 'active') => ({ ActiveState, Listen: listen })

describe('a panel at a socket file', () => {
  const atFile = (argv: string, more: Record<string, string> = {}) => ({
    'debvisor-panel': { ...gunicorn, ExecStart: execStart(`/usr/bin/gunicorn ${argv} app:app`), ...more },
  })
  const site = (pass: string) =>
    `server { listen 443 ssl; server_name panel.local; location / { proxy_pass ${pass}; } }`

  it.each([
    ['--bind unix:/run/debvisor/panel.sock', {}],
    ['--bind=unix:///run/debvisor/panel.sock', {}],
    ['--uds /run/debvisor/panel.sock', {}],
    ['-b unix:panel.sock', { WorkingDirectory: '/run/debvisor' }],
    ['--bind ${WHERE}', { Environment: 'WHERE=unix:/run/debvisor/panel.sock' }],
  ])('that its arguments name is asked there: %s', async (argv, more) => {
    const found = await discover({
      units: atFile(argv, more),
      site: site('http://unix:/run/debvisor/panel.sock:/'),
      sockets: [listens('0.0.0.0:443', 'nginx')],
    })
    expect(found).toMatchObject({
      unit: 'debvisor-panel',
      port: '',
      listen: 'unix:/run/debvisor/panel.sock',
      tls: 'false',
      frontPort: '443',
      siteHost: 'panel.local',
      said: 'debvisor-panel on /run/debvisor/panel.sock, behind nginx site debvisor-panel on 443',
    })
  })

  it('is found by an upstream, though it has a port for its metrics', async () => {
    const found = await discover({
      units: atFile('--bind unix:/run/debvisor/panel.sock'),
      site: 'upstream p { server unix:/run/debvisor/panel.sock fail_timeout=0; } server { listen 80; location / { proxy_pass http://p; } }',
      sockets: [listens('127.0.0.1:9100', 'debvisor-panel'), listens('0.0.0.0:80', 'nginx')],
    })
    expect(found).toMatchObject({ port: '', listen: 'unix:/run/debvisor/panel.sock', frontPort: '80' })
  })

  it('is found in the folder that systemd makes for it, where nothing else tells', async () => {
    const found = await discover({
      units: atFile('', { RuntimeDirectory: 'debvisor' }),
      site: site('http://unix:/var/run/debvisor/panel.sock'),
    })
    expect(found).toMatchObject({ listen: 'unix:/var/run/debvisor/panel.sock' })
  })

  it('is expected where nginx leads to in its folder, though its arguments say another file', async () => {
    const found = await discover({
      units: atFile('--bind unix:/run/debvisor/other.sock', { RuntimeDirectory: 'debvisor' }),
      site: site('http://unix:/run/debvisor/panel.sock'),
    })
    expect(found).toMatchObject({ listen: 'unix:/run/debvisor/panel.sock', frontPort: '443' })
  })

  it('is the same file below /run and /var/run', async () => {
    const found = await discover({
      units: atFile('--bind unix:/run/debvisor/panel.sock'),
      site: site('http://unix:/var/run/debvisor/panel.sock'),
    })
    expect(found).toMatchObject({ listen: 'unix:/var/run/debvisor/panel.sock', frontPort: '443' })
  })

  it('is the unit that nginx leads to, where another would fit too', async () => {
    const found = await discover({
      units: { ...atFile('--bind unix:/run/debvisor/panel.sock'), 'debvisor-ui': {} },
      site: site('http://unix:/run/debvisor/panel.sock'),
    })
    expect(found).toMatchObject({ unit: 'debvisor-panel', services: 'debvisor-ui' })
  })
})

describe('a panel that a socket unit starts', () => {
  const byUnit = (more: Record<string, string> = {}) => ({
    'debvisor-panel': {
      ...gunicorn,
      ...off,
      UnitFileState: 'static',
      ExecStart: execStart('/usr/bin/gunicorn app:app'),
      TriggeredBy: 'debvisor-panel.socket',
      ...more,
    },
  })
  const files = (listen: string, state?: string) => ({
    'shown/debvisor-panel.socket': Object.entries({
      Id: 'debvisor-panel.socket',
      ...socketUnit(listen, state),
    })
      .map(([key, value]) => `${key}=${value}`)
      .join('\n'),
  })

  it.each([
    ['a port', '[::]:8443 (Stream)', { port: '8443', listen: '127.0.0.1' }],
    ['a socket file', '/run/panel.sock (Stream)', { port: '', listen: 'unix:/run/panel.sock' }],
  ])('is found at %s of that', async (_, listen, where) => {
    const found = await discover({ units: byUnit(), files: files(listen) })
    expect(found).toMatchObject({ unit: 'debvisor-panel', socketUnit: 'debvisor-panel.socket', ...where })
    expect(found.said).toMatch(/^debvisor-panel on \S+ by debvisor-panel\.socket$/)
  })

  it('is not at a socket of a unit that is off', async () => {
    const found = await discover({ units: byUnit(), files: files('[::]:8443 (Stream)', 'inactive') })
    expect(found).toMatchObject({ unit: 'debvisor-panel', port: '', socketUnit: '' })
  })
})

describe('a panel in a container or a network of its own', () => {
  const run = (argv: string) => ({ 'debvisor-panel': { ExecStart: execStart(argv) } })

  it('has the port that the container publishes', async () => {
    const found = await discover({
      units: run(
        '/usr/bin/docker run --rm -p 127.0.0.1:8444:8443 debvisor/panel gunicorn --bind 0.0.0.0:8443 app:app',
      ),
      sockets: [listens('127.0.0.1:8444', 'docker')],
      site: 'server { listen 80; location / { proxy_pass http://127.0.0.1:8444; } }',
    })
    expect(found).toMatchObject({
      port: '8444',
      listen: '127.0.0.1',
      said: 'debvisor-panel on 8444 in a container, behind nginx site debvisor-panel on 80',
    })
  })

  it('has the port that nginx leads to and docker holds, where its arguments name none', async () => {
    const found = await discover({
      units: run('/usr/bin/docker start -a debvisor-panel'),
      sockets: [listens('127.0.0.1:8444', 'docker')],
      site: 'server { listen 80; location / { proxy_pass http://127.0.0.1:8444; } }',
    })
    expect(found).toMatchObject({ port: '8444' })
  })

  it('has the address that nginx leads to', async () => {
    const found = await discover({
      units: {
        'debvisor-panel': {
          NetworkNamespacePath: '/run/netns/panel',
          ExecStart: execStart('/usr/bin/gunicorn --bind 0.0.0.0:8443 app:app'),
        },
      },
      site: 'server { listen 80; location / { proxy_pass http://10.200.0.2:8443; } }',
    })
    expect(found).toMatchObject({
      port: '8443',
      listen: '10.200.0.2',
      frontPort: '80',
      said: 'debvisor-panel on 10.200.0.2:8443, behind nginx site debvisor-panel on 80',
    })
  })

  it('has none that is known, where nothing tells it', async () => {
    const found = await discover({ units: run('/usr/bin/docker start -a debvisor-panel') })
    expect(found).toMatchObject({
      port: '',
      listen: '',
      said: 'debvisor-panel (where it takes requests is not known)',
    })
  })
})

describe('an address of its own', () => {
  const at = (address: string, pass?: string) =>
    discover({
      units: { 'debvisor-panel': { ExecStart: execStart('/usr/bin/python3 app.py') } },
      sockets: [listens(address, 'debvisor-panel')],
      ...(pass === undefined ? {} : { site: `server { listen 80; location / { proxy_pass ${pass}; } }` }),
    })

  it('is asked where nginx asks it, or nothing else does', async () => {
    expect(await at('10.0.0.5:8443', 'https://10.0.0.5:8443')).toMatchObject({
      listen: '10.0.0.5',
      tls: 'true',
      frontPort: '80',
    })
    expect(await at('10.0.0.5:8443')).toMatchObject({ listen: '10.0.0.5' })
    expect(await at('[::1]:8443', 'http://localhost:8443')).toMatchObject({ listen: '::1' })
  })

  it('is none where nginx asks this host’s own', async () => {
    expect(await at('10.0.0.5:8443', 'http://127.0.0.1:8443')).toMatchObject({ listen: '127.0.0.1' })
    expect(await at('0.0.0.0:8443', 'http://127.0.0.1:8443')).toMatchObject({ listen: '127.0.0.1' })
  })
})

describe('nginx’s configuration', () => {
  const panel = {
    units: { 'debvisor-panel': gunicorn },
    sockets: [listens('127.0.0.1:8443', 'debvisor-panel')],
  }

  it('has its snippets read in each place that includes them', async () => {
    const found = await discover({
      ...panel,
      site: `server { listen 8080; server_name admin.local; include snippets/pass.conf; }
        server { listen 443 ssl; server_name panel.local; include snippets/pass.conf; }`,
      files: { 'etc/nginx/snippets/pass.conf': 'location / { proxy_pass https://127.0.0.1:8443; }' },
    })
    expect(found).toMatchObject({ frontPort: '443', siteHost: 'panel.local' })
  })

  it('may include itself, and set what it passes to', async () => {
    const found = await discover({
      ...panel,
      site: `server { listen 443 ssl; server_name panel.local; include snippets/own.conf; include snippets/pass.conf; }`,
      files: {
        'etc/nginx/snippets/own.conf': 'include snippets/own.conf;',
        'etc/nginx/snippets/pass.conf':
          'location / { set $panel https://127.0.0.1:8443; proxy_pass $panel; }',
      },
    })
    expect(found).toMatchObject({ frontPort: '443', tls: 'true' })
  })
})

describe('units that have no file of the administrator', () => {
  it('are found where a generator or systemd-run made them, and by what is loaded', async () => {
    const found = await discover({
      units: {},
      files: {
        'run/systemd/generator/debvisor-panel.service': '',
        'shown/debvisor-panel.service': unit('debvisor-panel', gunicorn),
        'shown/debvisor-rpcd.service': unit('debvisor-rpcd', { UnitFileState: 'transient' }),
      },
    })
    expect(found).toMatchObject({ unit: 'debvisor-panel', services: 'debvisor-rpcd' })
  })

  it('are instances of a template, of which nginx leads to one', async () => {
    const of = (colour: string, more = {}) => ({
      [`debvisor-panel@${colour}`]: {
        ...gunicorn,
        ExecStart: execStart(`/usr/bin/gunicorn --bind unix:/run/debvisor/${colour}.sock app:app`),
        ...more,
      },
    })
    const found = await discover({
      units: { ...of('blue', { ActiveState: 'inactive' }), ...of('green'), 'debvisor-panel@': {} },
      site: 'server { listen 80; location / { proxy_pass http://unix:/run/debvisor/green.sock; } }',
    })
    expect(found).toMatchObject({
      unit: 'debvisor-panel@green',
      services: 'debvisor-panel@blue',
      listen: 'unix:/run/debvisor/green.sock',
    })
  })

  it('are instances of a template that share the work: one is DebVisor, the other stands beside it', async () => {
    const found = await discover({
      units: { 'debvisor-panel@1': {}, 'debvisor-panel@2': {} },
      sockets: [listens('127.0.0.1:8001', 'debvisor-panel@1'), listens('127.0.0.1:8002', 'debvisor-panel@2')],
      site: 'upstream p { server 127.0.0.1:8001; server 127.0.0.1:8002; } server { listen 80; location / { proxy_pass http://p; } }',
    })
    expect(found).toMatchObject({ unit: 'debvisor-panel@1', services: 'debvisor-panel@2', choice: '' })
  })

  it('are an alias of one that has a file', async () => {
    const found = await discover({
      units: { 'debvisor-panel': { ...gunicorn, Names: 'debvisor-panel.service debvisor-web.service' } },
      files: {
        'etc/systemd/system/debvisor-web.service': '',
        'shown/debvisor-web.service': unit('debvisor-panel', gunicorn),
      },
    })
    expect(found).toMatchObject({ unit: 'debvisor-panel', choice: '', services: '' })
  })

  it('have no name that systemd would not take', async () => {
    const found = await discover({
      units: { 'debvisor-panel': gunicorn },
      files: {
        'etc/systemd/system/debvisor-$(reboot).service': '',
        'etc/systemd/system/debvisor-;id;.service': '',
        'shown/debvisor-$(reboot).service': unit('debvisor-$(reboot)'),
      },
    })
    expect(found).toMatchObject({ unit: 'debvisor-panel', services: '' })
  })
})

describe('many units', () => {
  const many = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, i) => [`debvisor-s${String(i).padStart(2, '0')}`, {}]),
    )

  it('are all looked at, and said in short', async () => {
    const found = await discover({ units: { 'debvisor-panel': gunicorn, ...many(9) } })
    expect(found.services?.split(' ')).toHaveLength(9)
    expect(found).toMatchObject({ more: '', said: expect.stringMatching(/debvisor-s05; and 3 more$/) })
  })

  it('beyond a bound are counted', async () => {
    const found = await discover({ units: { 'debvisor-panel': gunicorn, ...many(43) } })
    expect(found.services?.split(' ')).toHaveLength(40)
    expect(found.more).toBe('3')
  })

  it('are a choice however many they are', async () => {
    const found = await discover({ units: many(12) })
    expect(found.choice?.split(' ')).toHaveLength(12)
    expect(found).toMatchObject({
      unit: '',
      said: expect.stringMatching(/^one of debvisor-s00.*debvisor-s07, and 4 more$/),
    })
  })
})

describe('a host with nothing of DebVisor', () => {
  it('has nothing of it', async () => {
    const { nothing, database, ...found } = await discover({})
    expect(Object.values(found).filter((value) => value !== '')).toEqual([])
    expect(nothing).toBe('yes')
    // Where no server of PostgreSQL is installed either, none is missed.
    expect(['', 'none']).toContain(database)
  })

  it('names what listens, which may be it by another name', async () => {
    const found = await discover({
      units: { blog: { ExecStart: execStart('/usr/bin/node /srv/blog/server.js') } },
      sockets: [
        listens('127.0.0.1:3000', 'blog'),
        listens('[::1]:3000', 'blog'),
        listens('0.0.0.0:22', 'ssh'),
        listens('0.0.0.0:80', 'nginx'),
        listens('0.0.0.0:9100', 'node-exporter'),
      ],
      site: 'server { listen 80; location / { proxy_pass http://127.0.0.1:3000; } }',
    })
    expect(found).toMatchObject({
      nothing: 'yes',
      listening: 'blog on 3000; node-exporter on 9100',
      said: '',
    })
  })

  it.each([
    ['a folder of it', { files: { 'opt/debvisor/README': '' } }],
    [
      'the guide’s port behind nginx',
      { site: 'server { listen 80; location / { proxy_pass http://localhost:8080; } }' },
    ],
    ['a job of it', { units: { 'debvisor-backup': { Type: 'oneshot' } } }],
  ])('is not one that has %s', async (_, host) => {
    expect(await discover(host)).toMatchObject({ unit: '', nothing: '' })
  })
})
