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
}

/** systemctl shows of the units that it is asked for those that are there, as the real one does. */
async function discover({
  units = {},
  sockets = [],
  site,
  files = {},
  given = ['debvisor', '8080'],
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
      systemctl: `for name; do [ -f "$root/shown/$name" ] && { cat "$root/shown/$name"; echo; echo; } ; done; true`,
      ss: `cat <<'END'\n${sockets.join('\n')}\nEND`,
    },
  }
  const said = await ask('debvisor/discovery.pl', [...given, '$root/etc/nginx/nginx.conf'], world)
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
      'etc/default/panel': "# none\nexport DATABASE_URL='postgresql://x:y@h1/d' # why\n",
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

describe('a host with nothing of DebVisor', () => {
  it('has nothing of it', async () => {
    const found = await discover({})
    expect(Object.values(found).filter((value) => value !== '')).toEqual([])
  })
})
