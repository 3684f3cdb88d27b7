import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fill } from '../../src/engine/language/placeholders.ts'
import { quote } from '../../src/text/quote.ts'
import { runbooks } from './diagnosis.ts'
import { plant, scriptAfter, scriptOf } from './scripts.ts'

/** A look that the login may not take is denied (exit status 77, with a grant), and never an empty answer. */

const NOBODY = 65534
const asRoot = process.getuid?.() === 0
const root = mkdtempSync(join(tmpdir(), 'debvisor-denied-'))
const journal = join(root, 'bin')
const noJournal = join(root, 'bin-denied')

beforeAll(() => {
  chmodSync(root, 0o755)
  plant(journal, { journalctl: '#!/bin/sh\nexit 0\n' }, 0o755)
  plant(
    noJournal,
    { journalctl: '#!/bin/sh\necho "Hint: You are currently not seeing messages" >&2\n' },
    0o755,
  )
})
afterAll(() => {
  spawnSync('chmod', ['-R', 'u+rwX', root])
  rmSync(root, { recursive: true, force: true })
})

/** As a login without rights: root may read all that root may close. */
function ask(script: string, bin: string) {
  const PATH = [bin, process.env.PATH].join(':')
  return spawnSync('/bin/sh', ['-c', script], {
    env: { PATH, LC_ALL: 'C', TZ: 'UTC' },
    encoding: 'utf8',
    cwd: '/',
    ...(asRoot ? { uid: NOBODY, gid: NOBODY } : {}),
  })
}

/** A file with a line, then the modes that close it; a folder of its own for each case. */
function closed(name: string, file: string, modes: Readonly<Record<string, number>>): string {
  const folder = join(root, name)
  plant(folder, { [file]: 'a line\n' })
  mkdirSync(dirname(join(folder, file)), { recursive: true })
  for (const [path, mode] of Object.entries(modes)) {
    // A login that owns a file could still be let in by group or others.
    if (asRoot) chownSync(join(folder, path), 0, 0)
    chmodSync(join(folder, path), mode)
  }
  return folder
}

const ways: readonly (readonly [string, Readonly<Record<string, number>>])[] = [
  ['the file is closed', { 'logs/own/it.log': 0o000 }],
  ['its folder is closed', { 'logs/own': 0o000 }],
  ['its folder may be listed and not entered', { 'logs/own': 0o444 }],
  ['a folder above is closed', { logs: 0o000 }],
]

const logs: readonly (readonly [topic: string, probe: string, variables: (folder: string) => object])[] = [
  ['db', 'pg_said', (folder) => ({ pgLog: join(folder, 'logs/own') })],
  ['service', 'said', (folder) => ({ errorLog: join(folder, 'logs/own/it.log') })],
  ['websocket', 'nginx_said', (folder) => ({ nginxLog: join(folder, 'logs/own/it.log') })],
  ['websocket', 'sio_log', (folder) => ({ socketioLog: join(folder, 'logs/own/it.log') })],
  [
    'websocket',
    'sio_log',
    (folder) => ({
      errorLog: join(folder, 'logs/own/it.log'),
      socketioLog: join(root, 'none.log'),
    }),
  ],
]

describe.each(logs)('%s %s', (topic, probe, variables) => {
  it.each(ways)('is denied where %s', (_, modes) => {
    const folder = closed(`${probe}-${Math.random()}`, 'logs/own/it.log', modes)
    const { status, stdout, stderr } = ask(scriptOf(topic, probe, { ...variables(folder) }), journal)
    expect({ status, stdout }).toEqual({ status: 77, stdout: '' })
    expect(stderr).toContain('this login may not read')
    expect(stderr).toContain(folder)
  })

  it('answers where it may look, and where there is no log', () => {
    const folder = closed(`${probe}-${Math.random()}`, 'logs/own/it.log', {})
    const script = scriptOf(topic, probe, { ...variables(folder) })
    expect(ask(script, journal)).toMatchObject({ status: 0, stderr: '' })
    rmSync(join(folder, 'logs'), { recursive: true })
    expect(ask(script, journal)).toMatchObject({ status: 0, stderr: '' })
  })

  it('is denied where there is no log, and no journal that it may read', () => {
    const none = { errorLog: '/none/error.log', ...variables(join(root, 'none')) }
    expect(ask(scriptOf(topic, probe, none), noJournal)).toMatchObject({ status: 77, stdout: '' })
  })

  it('says what would allow it', () => {
    expect(runbooks.find(topic)?.probes.get(probe)?.grant).toContain('${login}')
  })
})

describe('the log of a PostgreSQL that is down is denied', () => {
  const settings = "port = 5999\nlogging_collector = on\nlog_directory = 'log'\n"
  it.each([
    ['where its configuration is closed', { data: 0o700 }, 'data/postgresql.conf'],
    ['where its folder of logs is closed', { 'data/log': 0o000 }, 'data/log'],
    ['where that may be listed and not entered', { 'data/log': 0o444 }, 'data/log'],
  ])('%s', (_, modes, named) => {
    const folder = join(root, `down-${Math.random()}`)
    const log = 'data/log/postgresql-2026-11-24_000000.log'
    plant(folder, { 'data/postgresql.conf': settings, [log]: 'FATAL:  could not bind\n' })
    const script = scriptOf('db', 'pg_said', { pgData: join(folder, 'data'), pgPort: 5999 })
    const quiet = join(root, 'quiet')
    plant(
      quiet,
      { journalctl: '#!/bin/sh\nexit 0\n', ps: '#!/bin/sh\nexit 0\n', psql: '#!/bin/sh\nexit 2\n' },
      0o755,
    )
    expect(ask(script, quiet).stdout).toContain('could not bind')
    for (const [path, mode] of Object.entries(modes)) {
      if (asRoot) chownSync(join(folder, path), 0, 0)
      chmodSync(join(folder, path), asRoot ? mode : mode & 0o077)
    }
    const { status, stdout, stderr } = ask(script, quiet)
    expect({ status, stdout }).toEqual({ status: 77, stdout: '' })
    expect(stderr).toMatch(/^this login may not read /)
    expect(stderr).toContain(join(folder, named))
  })
})

it('the log of a PostgreSQL is read where its configuration is closed, and the server itself says where the log is', () => {
  const folder = join(root, 'told')
  plant(folder, {
    'data/postgresql.conf': 'port = 5999\n',
    'logs/postgresql-2026-11-24_000000.log': 'ERROR:  no such table\n',
  })
  if (asRoot) chownSync(join(folder, 'data'), 0, 0)
  chmodSync(join(folder, 'data'), asRoot ? 0o700 : 0o000)
  const bin = join(root, 'telling')
  const psql = `printf '%s\\n' log_destination=stderr logging_collector=on log_directory=${folder}/logs data_directory=${folder}/data`
  plant(
    bin,
    {
      journalctl: '#!/bin/sh\nexit 0\n',
      ps: `#!/bin/sh\necho '9 /opt/pg/bin/postgres -D ${folder}/data -p 5999'\n`,
      psql: `#!/bin/sh\n${psql}\n`,
    },
    0o755,
  )
  const script = scriptOf('db', 'pg_said', { pgData: join(folder, 'data'), pgPort: 5999 })
  expect(ask(script, bin)).toMatchObject({ status: 0, stdout: expect.stringContaining('no such table') })
})

describe('a program that fails is no empty answer', () => {
  it.each([
    ['ps', 'db', 'pg_processes'],
    ['ps', 'service', 'processes'],
    ['ss', 'db', 'pg_connections'],
    ['ss', 'performance', 'own_sockets'],
    ['ss', 'performance', 'ports'],
  ])('%s: %s %s', (program, topic, probe) => {
    const bin = join(root, `failing-${program}`)
    plant(bin, { [program]: '#!/bin/sh\nexit 1\n', systemctl: '#!/bin/sh\necho debvisor.service\n' }, 0o755)
    expect(ask(scriptOf(topic, probe), bin).status).not.toBe(0)
  })
})

describe('of a unit that systemctl says nothing of, nothing is said', () => {
  it.each([
    ['service', 'processes'],
    ['service', 'limits'],
    ['service', 'unit_settings'],
    ['service', 'env_order'],
    ['performance', 'own_sockets'],
  ])('%s: %s', (topic, probe) => {
    const bin = join(root, 'failing-systemctl')
    const programs = {
      systemctl: '#!/bin/sh\nexit 1\n',
      ss: '#!/bin/sh\nexit 0\n',
      ps: '#!/bin/sh\nexit 0\n',
    }
    plant(bin, programs, 0o755)
    const run = runbooks.find(topic)?.probes.get(probe)?.run ?? ''
    const script = fill(run, new Map([['unit', 'debvisor']]), quote)
    expect(ask(script, bin)).toMatchObject({ status: 1, stdout: '' })
  })
})

describe("the open files of another user's process", () => {
  const pid = String(process.pid)
  const bin = join(root, 'open-files')
  beforeAll(() => {
    const systemctl = `#!/bin/sh\nprintf '%s\\n' MainPID=${asRoot ? pid : '1'} ControlGroup=/a.service\n`
    plant(bin, { systemctl, ss: '#!/bin/sh\necho "ESTAB 0 0 a b cgroup:/a.service <->"\n' }, 0o755)
  })

  it('are said to be unseen, not none, beside the sockets that everybody may count', () => {
    const { stdout } = ask(scriptOf('performance', 'own_sockets'), bin)
    expect(stdout).toBe('sockets=1\nopen=-1\n=== end\n')
    const next = scriptAfter('performance', 'open_files', { own_sockets: stdout })
    expect(ask(next, bin)).toMatchObject({ status: 77, stdout: '' })
  })

  it('are none where no process runs', () => {
    const stopped = join(root, 'open-files-stopped')
    plant(
      stopped,
      { systemctl: '#!/bin/sh\necho MainPID=0; echo ControlGroup=\n', ss: '#!/bin/sh\nexit 0\n' },
      0o755,
    )
    expect(ask(scriptOf('performance', 'own_sockets'), stopped).stdout).toBe('sockets=0\nopen=0\n=== end\n')
  })
})

it('the processes of a unit whose name is escaped are found', () => {
  const bin = join(root, 'escaped')
  const name = String.raw`debvisor\x2dapi.service`
  const programs = {
    ps: `#!/bin/sh\nprintf '%s\\n' '7 Ss debvisor 900 3 60 9 - /opt/debvisor' '8 Ss debvisor 900 3 60 9 - /opt/other'\n`,
    systemctl: `#!/bin/sh\nprintf '%s\\n' 'Id=${name}'\n`,
  }
  plant(bin, programs, 0o755)
  plant(bin, {
    'proc/7/cgroup': `0::/system.slice/${name}\n`,
    'proc/8/cgroup': '0::/system.slice/debvisor-api.service\n',
  })
  const script = scriptOf('service', 'processes', { unit: name }).replaceAll('"/proc/', `"${bin}/proc/`)
  expect(ask(script, bin).stdout).toMatch(
    /^7 Ss {3}debvisor +900 {4}3 {6}60 debvisor\\x2dapi\.service +\/opt\/debvisor\n$/,
  )
})

describe("DebVisor's folders that are closed", () => {
  const owners = (folder: string) =>
    ask(
      scriptOf('service', 'ownership', {
        home: join(folder, 'opt'),
        data: join(folder, 'data'),
        configFile: join(folder, 'etc/config.yaml'),
        errorLog: join(folder, 'log/error.log'),
      }),
      journal,
    ).stdout

  it('have a line that says so, and are not passed over', () => {
    const folder = closed('owners', 'etc/config.yaml', { etc: 0o000 })
    plant(folder, { 'opt/it': '', 'data/sub/it': '' })
    chmodSync(join(folder, 'data/sub'), 0o000)
    expect(owners(folder)).toContain(`\nconfig\t-\t-\tclosed\t${folder}/etc/config.yaml\n`)
    if (asRoot) expect(owners(folder)).toContain(`\ninside\t-\t-\tclosed\t${folder}/data/sub\n`)
    expect(owners(folder)).toContain(`\nlogs\t-\t-\tmissing\t${folder}/log\n`)
  })

  it('are closed where a folder further above is', () => {
    const folder = closed('owners-above', 'etc/debvisor/config.yaml', { etc: 0o000 })
    const variables = { configFile: join(folder, 'etc/debvisor/config.yaml') }
    const { stdout } = ask(scriptOf('service', 'ownership', variables), journal)
    expect(stdout).toContain(`\nconfig\t-\t-\tclosed\t${folder}/etc/debvisor/config.yaml\n`)
  })
})

describe('the file system of a folder behind a closed one', () => {
  const folder = join(root, 'disk')
  const data = join(folder, 'closed/debvisor')
  const disk = (mounts: string) => {
    plant(folder, { mounts })
    const programs = {
      df: `#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\necho heading\nfor path do [ -e "$path" ] && echo "100 40 60 40% 1% $path"; done\n`,
    }
    plant(join(folder, 'bin'), programs, 0o755)
    const script = scriptOf('db', 'disk', { data }).replaceAll('/proc/self/mounts', join(folder, 'mounts'))
    return ask(script, join(folder, 'bin'))
  }
  beforeAll(() => {
    closed('disk', 'closed/debvisor/state', { closed: 0o000 })
  })

  it('is that of the closed one', () => {
    const { status, stdout } = disk('/dev/vda / ext4 rw 0 0\n')
    expect(status).toBe(0)
    expect(stdout).toContain(`debvisor 100 40 60 40 1 rw ${folder}/closed\n`)
  })

  it('is not seen where it is mounted in between', () => {
    const said = disk(`/dev/vda / ext4 rw 0 0\n/dev/vdb ${data} ext4 rw 0 0\n`)
    expect(said).toMatchObject({ status: 77, stdout: '', stderr: expect.stringContaining(data) })
    expect(runbooks.find('db')?.probes.get('disk')?.grant).toContain('${login}')
  })
})

describe("DebVisor's settings where one of its two files is closed", () => {
  const bin = join(root, 'settings-bin')
  beforeAll(() => plant(bin, { psql: '#!/bin/sh\necho 1\n' }, 0o755))

  const files = (name: string) => {
    const folder = closed(name, '.env', { '.env': 0o000 })
    plant(folder, { 'config.yaml': 'database:\n  host: db1\n  user: app\n  password: old\n' })
    const values = new Map([
      ['configFile', join(folder, 'config.yaml')],
      ['envFile', join(folder, '.env')],
      ['pgPort', '5432'],
    ])
    return { folder, values }
  }
  const scriptWith = (probe: string, values: ReadonlyMap<string, string>) =>
    fill(runbooks.find('db')?.probes.get(probe)?.run ?? '', values, quote)

  it('are no login to try, for the closed one may have another password', () => {
    const { folder, values } = files('settings-login')
    const script = scriptWith('db_login', values)
    expect(ask(script, bin)).toMatchObject({ status: 77, stderr: expect.stringContaining('.env') })
    rmSync(join(folder, '.env'))
    expect(ask(script, bin).status).toBe(0)
    expect(runbooks.find('db')?.probes.get('db_login')?.grant).toContain('${login}')
  })

  it('are those of the other, with the name of the closed one for who reads it', () => {
    const { values } = files('settings-read')
    expect(ask(scriptWith('db_settings', values), bin)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('db1'),
      stderr: expect.stringContaining('.env: Permission denied'),
    })
  })

  it('are all in the other where that one wins with each of them', () => {
    const folder = closed('settings-won', 'config.yaml', { 'config.yaml': 0o000 })
    plant(folder, { '.env': 'DATABASE_URL=postgresql://app:secret@db1:5432/metrics\n' })
    const where = { configFile: join(folder, 'config.yaml'), envFile: join(folder, '.env') }
    const { status, stdout } = ask(scriptOf('db', 'db_login', { ...where, dbLogin: true }), bin)
    expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringContaining('login=ok') })
  })
})

describe('other files that may not be read', () => {
  it('the journal, of what ran beside the deaths of DebVisor', () => {
    const script = fill(
      runbooks.find('service')?.probes.get('near_deaths')?.run ?? '',
      new Map([['unit', 'debvisor']]),
      quote,
    )
    expect(ask(script, noJournal)).toMatchObject({ status: 77, stdout: '' })
    expect(runbooks.find('service')?.probes.get('near_deaths')?.grant).toContain('${login}')
  })

  it('the socket of the database behind a closed folder, of which nobody can say that it is not there', () => {
    const folder = closed('socket', 'run/postgresql/other', { run: 0o000 })
    const bin = join(root, 'socket-bin')
    plant(bin, { systemctl: '#!/bin/sh\nexit 0\n', ss: '#!/bin/sh\nexit 0\n' }, 0o755)
    const values = new Map([
      ['unit', 'debvisor'],
      ['socket', join(folder, 'run/postgresql/.s.PGSQL.5432')],
    ])
    const script = fill(runbooks.find('db')?.probes.get('pg_socket')?.run ?? '', values, quote)
    expect(ask(script, bin).stdout).toMatch(/^there=unseen\n/)
  })

  it.each([
    ['a site', { 'nginx/conf.d/site.conf': 0o000 }],
    ['a folder of sites', { 'nginx/conf.d': 0o444 }],
  ])('members of upstream groups: %s', (what, modes) => {
    const folder = closed(`members-${what.replaceAll(' ', '-')}`, 'nginx/conf.d/site.conf', modes)
    plant(folder, { 'nginx/nginx.conf': 'http {}\n' })
    const values = new Map([
      ['nginxFile', join(folder, 'nginx/nginx.conf')],
      ['nginxLog', join(folder, 'none.log')],
    ])
    const script = fill(runbooks.find('websocket')?.probes.get('front_members')?.run ?? '', values, quote)
    expect(ask(script, journal)).toMatchObject({ status: 77, stdout: '' })
  })

  it.each([
    ['service', 'unit_settings'],
    ['service', 'env_order'],
    ['websocket', 'egress_unit'],
  ])('a drop-in of a unit: %s %s', (topic, probe) => {
    const folder = closed(probe, 'unit.d/secret.conf', { 'unit.d/secret.conf': 0o000 })
    const files = `${folder}/unit.service ${folder}/unit.d/secret.conf`
    plant(folder, { 'unit.service': '[Service]\nIPAddressDeny=any\n' })
    // As systemctl(1) has it: `cat` stops at the first file that it cannot read.
    const systemctl = `#!/bin/sh\ncase $1 in cat) echo '# ${folder}/unit.service'; exit 1 ;; *) echo '${files}' ;; esac\n`
    plant(folder, { 'bin/systemctl': systemctl }, 0o755)
    const values = new Map([
      ['unit', 'debvisor'],
      ['nginxUnit', 'nginx'],
    ])
    const script = fill(runbooks.find(topic)?.probes.get(probe)?.run ?? '', values, quote)
    expect(ask(script, join(folder, 'bin')).status).toBe(77)
    expect(runbooks.find(topic)?.probes.get(probe)?.grant).toContain('${login}')
  })

  it('a configuration of PostgreSQL beside its data', () => {
    const folder = closed('data', '15/data/postgresql.conf', { '15/data': 0o000 })
    const script = scriptOf('db', 'pg_files', { pgData: join(folder, '15/data') })
    const elsewhere = script.replaceAll('/etc/postgresql/', `${root}/etc/postgresql/`)
    expect(ask(elsewhere, journal)).toMatchObject({ status: 77, stdout: '' })
    plant(join(root, 'etc/postgresql/15/main'), { 'postgresql.conf': 'port = 5433\n' })
    expect(ask(elsewhere, journal)).toMatchObject({ status: 0, stdout: expect.stringContaining('5433') })
    expect(runbooks.find('db')?.probes.get('pg_files')?.grant).toContain('${login}')
  })

  it("the folder of PostgreSQL's data, which is not missing then", () => {
    const folder = closed('hidden', '15/main/PG_VERSION', { '15': 0o000 })
    plant(join(root, 'etc-hidden/postgresql/15/main'), {
      'postgresql.conf': `data_directory = '${folder}/15/main'\n`,
    })
    const script = scriptOf('db', 'pg_files').replaceAll('/etc/postgresql/', `${root}/etc-hidden/postgresql/`)
    expect(ask(script, journal)).toMatchObject({ status: 77, stdout: '' })
  })

  it.each([
    ['the log', { 'log/nginx/access.log': 0o000 }],
    ['its folder', { 'log/nginx': 0o000 }],
  ])("nginx's access log: %s", (what, modes) => {
    const folder = closed(`access-${what.replaceAll(' ', '-')}`, 'log/nginx/access.log', modes)
    const script = scriptAfter('db', 'api_empty', {
      pg_look: 'policy,hosts,for debvisor: tenant false,8\n=== end\n',
    })
    const here = script.replaceAll('/var/log/', `${folder}/log/`)
    expect(ask(here, journal)).toMatchObject({ status: 77, stdout: '' })
  })

  it.each([
    ['may not be listed', { 'nginx/conf.d': 0o111 }],
    ['may not be entered', { 'nginx/conf.d': 0o444 }],
    ['lies behind a closed one', { nginx: 0o000 }],
  ])('the configuration of nginx, of which a folder of sites %s', (what, modes) => {
    const folder = closed(`sites-${what.replaceAll(' ', '-')}`, 'nginx/conf.d/site.conf', modes)
    plant(folder, { 'nginx.conf': `include ${folder}/nginx/conf.d/*.conf;\n` })
    const script = scriptOf('websocket', 'nginx_config', { nginxFile: join(folder, 'nginx.conf') })
    expect(ask(script, journal)).toMatchObject({ status: 77, stderr: expect.stringContaining(folder) })
  })

  it.each([
    ['a site', { 'nginx/conf.d/site.conf': 0o000 }],
    ['a folder of sites', { 'nginx/conf.d': 0o000 }],
  ])('limits in the configuration of nginx: %s', (what, modes) => {
    const folder = closed(`limits-${what.replaceAll(' ', '-')}`, 'nginx/conf.d/site.conf', modes)
    const script = scriptOf('performance', 'front_limits').replaceAll('/etc/nginx', `${folder}/nginx`)
    expect(ask(script, journal)).toMatchObject({ status: 77, stdout: '' })
    expect(runbooks.find('performance')?.probes.get('front_limits')?.grant).toContain('${login}')
  })
})
