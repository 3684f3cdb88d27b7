import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { psqlFolder } from '../../fakes/postgres/binaries.ts'
import { type RealPostgres, startPostgres } from '../../fakes/postgres.ts'
import { evidenceOf } from '../scripts.ts'
import { ask, expectLine, type Line, type World } from './ask.ts'

const lines: readonly Line[] = [
  [
    'what other clusters and databases have',
    'postgresql/other-servers.sh',
    ['5432', 'debvisor', "o'brien", 'hosts'],
    {
      programs: {
        id: 'echo 1000',
        pg_lsclusters: `printf '15 main 5433 online postgres /d /l\\n15 next 5432 online,recovery postgres /d /l\\n14 old 5434 down postgres /d /l\\n'`,
        psql: `case "$*" in
"-p 5432 "*) echo 'FATAL:  role "bot" does not exist' >&2; exit 2 ;;
*"rolname = 'o''brien'"*) echo 1 ;;
*datname*) printf 'debvisor\\nshop\\n' ;;
"-p 5433 -d debvisor "*"relname = 'hosts'"*) printf '2\\t1\\n' ;;
"-p 5433 -d shop "*) printf '40\\t0\\n' ;;
*) echo "$*" >&2; exit 9 ;;
esac`,
      },
    },
    '15-main\t5433\tdebvisor\t2\t1\t1\n15-main\t5433\tshop\t40\t0\t1\n15-next\t5432\t-\t0\t-\t0\n=== end\n',
  ],
  [
    'its servers, as ps has them',
    'postgresql/servers.pl',
    [],
    {
      programs: {
        ps: `printf '%s\\n' '     95 Ss  postgres 10 1 99 3 - /usr/lib/postgresql/15/bin/postgres -D /srv/pg' '     99 Ss  postgres 10 1 99 3 - postgres: checkpointer'`,
      },
    },
    `     95 Ss   ${'postgres'.padEnd(32)} /usr/lib/postgresql/15/bin/postgres -D /srv/pg\n`,
  ],
  [
    'what its processes say that they do',
    'postgresql/backends.pl',
    [],
    {
      programs: {
        ps: `printf '%s\\n' '     95 Ss  postgres 10 1 99 3 - /usr/lib/postgresql/15/bin/postgres -D /srv/pg' '     99 Ss  postgres 10 1 99 3 - postgres: 15/main: checkpointer '`,
      },
    },
    '     99      99        3 postgres: 15/main: checkpointer \n=== end\n',
  ],
  [
    'its clusters and their data',
    'postgresql/configuration-files.pl',
    ['$root/none'],
    {
      tree: {
        'etc/postgresql/15/main/postgresql.conf':
          "data_directory = '/var/lib/pg' # here\nport = 5433\nlisten_addresses = ''\n",
        'etc/postgresql/15/main/start.conf': '# comment\nmanual\n',
        'etc/postgresql/16/next/postgresql.conf':
          "data_directory='/var/gone'\nmax_connections = 20\nreserved_connections 2\nport = 5432\ninclude_dir = 'conf.d'\nlisten_addresses = 'localhost, 10.0.0.1' # all\n",
        'etc/postgresql/16/next/conf.d/9.conf': 'port = 5444\nSuperuser_Reserved_Connections=15#\n',
        'var/lib/pg/PG_VERSION': '15\n',
        'etc/postgresql/16/next/pg_ctl.conf': `# Options
pg_ctl_options = '-t 60 -o -cListen-Addresses=127.0.0.9 -o "-c work_mem=1MB --max_connections=30"'
`,
      },
      programs: { stat: 'case $* in *%U*) echo postgres ;; *) echo 700 ;; esac' },
    },
    `/etc/postgresql/15/main/postgresql.conf	/var/lib/pg	missing	0	manual	-	5433	100	3	
/etc/postgresql/16/next/postgresql.conf	/var/gone	missing	0	auto	127.0.0.9 of /etc/postgresql/16/next/pg_ctl.conf:2	5444	30	17	/etc/postgresql/16/next/conf.d/9.conf:2 /etc/postgresql/16/next/postgresql.conf:3
`,
  ],
  [
    'the socket that DebVisor looks for, and what hides it',
    'postgresql/socket.sh',
    ['$root/run/postgresql/.s.PGSQL.5432', 'debvisor'],
    {
      tree: { 'run/postgresql/other': '', 'etc/unit.service': '[Service]\nPrivateTmp=yes\n' },
      programs: {
        ss: "echo 'u_str LISTEN 0 4096 /var/run/postgresql/.s.PGSQL.5433 1 * 0'",
        systemctl: `case $* in
  *FragmentPath*) echo $root/etc/unit.service ;;
  *DropInPaths*) ;;
  *) echo RootDirectory=/srv/jail ;;
esac`,
      },
    },
    `there=no
sockets=/var/run/postgresql/.s.PGSQL.5433
RootDirectory=/srv/jail
places=/etc/unit.service:2:PrivateTmp=yes
sockets=
TemporaryFileSystem=
RootDirectory=
RootImage=
`,
  ],
  [
    'what hides its socket, by a file whose name sed would read as a command',
    'postgresql/socket.sh',
    ['$root/run/.s.PGSQL.5432', 'debvisor'],
    {
      tree: { 'etc/a&b|c\\1.conf': '[Service]\nPrivateTmp=yes\n' },
      programs: {
        ss: 'exit 0',
        systemctl: String.raw`case $* in *DropInPaths*) printf '%s\n' "$root/etc/a&b|c\1.conf" ;; esac`,
      },
    },
    /^places=\/etc\/a&b\|c\\1\.conf:2:PrivateTmp=yes$/m,
  ],
]

const twice: World = {
  tree: {
    'etc/postgresql/15/main/postgresql.conf':
      "port = 5433\nwal_level = replica # all\nHuge_Pages=on\nhba_file = '$root/etc/own''s hba.conf'\ninclude_dir = 'conf.d'\nprimary_conninfo = 'password=hunter2'\nssl_passphrase_command = 'echo hunter2'\nown.secret = 'hunter2'\n",
    'etc/postgresql/15/main/conf.d/1.conf': "wal_level 'minimal'\ninclude_if_exists '../gone.conf'\n",
    'etc/postgresql/15/main/conf.d/2.off': 'wal_level = logical\n',
    'etc/postgresql/16/next/postgresql.conf': 'wal_level = logical\n',
  },
}

describe('what its files set is told', () => {
  const settings = async (port: string) => {
    const { status, stdout } = await ask('postgresql/settings-in-files.pl', [port, '/none'], twice)
    return { status, rows: evidenceOf('db', 'pg_configured', stdout).rows }
  }

  it('with the line that counts, of the cluster of that port, and no secret', async () => {
    const { status, rows } = await settings('5433')
    expect(status).toBe(0)
    const conf = expect.stringMatching(/etc\/postgresql\/15\/main\/postgresql\.conf:\d$/)
    expect(rows).toEqual([
      { name: 'hba_file', value: expect.stringMatching(/\/etc\/own's hba\.conf$/), place: conf },
      { name: 'huge_pages', value: 'on', place: conf },
      { name: 'own.secret', value: '', place: conf },
      { name: 'port', value: '5433', place: conf },
      { name: 'primary_conninfo', value: '', place: conf },
      { name: 'ssl_passphrase_command', value: '', place: conf },
      { name: 'wal_level', value: 'minimal', place: expect.stringMatching(/conf\.d\/1\.conf:1$/) },
    ])
  })

  it('of the cluster of the usual port, and of none', async () => {
    expect((await settings('5432')).rows).toEqual([expect.objectContaining({ value: 'logical' })])
    expect(await settings('5499')).toEqual({ status: 0, rows: [] })
  })
})

describe('of PostgreSQL it is told', () => {
  it.concurrent.each(lines)('%s (%s)', async (...line) => expectLine(line))
})

/** Debian's cluster 15/main of port 5432, with settings of its own. */
const debian = (settings: string, files: Readonly<Record<string, string>> = {}): World => ({
  tree: {
    'etc/postgresql/15/main/postgresql.conf': `data_directory = '$root/var/lib/postgresql/15/main'\n${settings}`,
    'var/lib/postgresql/15/main/PG_VERSION': '15\n',
    ...files,
  },
  programs: { ps: 'exit 0', journalctl: 'exit 0' },
})
const saidBy = async (world: World, [place = '', port = '5432'] = ['']): Promise<readonly string[]> => {
  const { status, stdout, stderr } = await ask('postgresql/log.pl', [place, port, '$root/none'], world)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return stdout.trimEnd().split('\n').slice(1)
}

describe('the log of PostgreSQL is read', () => {
  const debians = 'var/log/postgresql/postgresql-15-main.log'
  const data = 'var/lib/postgresql/15/main'

  it('since its last start that succeeded, with the journal of its unit', async () => {
    const world = debian('', {
      [debians]: 'of before\nLOG:  database system is ready to accept connections\nFATAL:  last words\n',
      'var/log/postgresql/postgresql-16-other.log': 'ERROR:  of another cluster\n',
    })
    const journalctl = `[ "$1" = -q ] || exit 0\necho '2026-11-25T19:05:01+0000 host1 systemd[1]: postgresql@15-main.service: Failed.'`
    expect(await saidBy({ ...world, programs: { ...world.programs, journalctl } })).toEqual([
      'LOG:  database system is ready to accept connections',
      'FATAL:  last words',
      '2026-11-25T19:05:01+0000 systemd[1]: postgresql@15-main.service: Failed.',
    ])
  })

  it('where a start that failed left its words, beside the log that a collector wrote', async () => {
    const world = debian("logging_collector = on\nlog_directory = 'own'\nlog_filename = 'pg-%a.log'", {
      [`${data}/own/pg-Mon.log`]: 'LOG:  database system is ready to accept connections\nERROR:  collected\n',
      [`${data}/own/else.log`]: 'ERROR:  of something else\n',
      [debians]:
        'FATAL:  of old\nLOG:  redirecting log output to logging collector process\nHINT:  Future log output will appear in directory "own".\nFATAL:  configuration file contains errors\n',
    })
    expect(await saidBy(world)).toEqual([
      'LOG:  redirecting log output to logging collector process',
      'HINT:  Future log output will appear in directory "own".',
      'FATAL:  configuration file contains errors',
      'LOG:  database system is ready to accept connections',
      'ERROR:  collected',
    ])
  })

  it.each([
    ['an included file', "include_dir = 'conf.d'", { 'etc/postgresql/15/main/conf.d/90-log.conf': 'SET' }],
    ['ALTER SYSTEM, which wins', "log_directory = '/nowhere'", { [`${data}/postgresql.auto.conf`]: 'SET' }],
    [
      'the options that it is started with',
      '',
      {
        'etc/postgresql/15/main/pg_ctl.conf': `pg_ctl_options = '-o "-c logging_collector=on -c log_directory=$root/srv/logs"'\n`,
      },
    ],
    [
      'its own words, as it went elsewhere',
      '',
      {
        [debians]:
          'LOG:  redirecting log output to logging collector process\nHINT:  Future log output will appear in directory "$root/srv/logs".\n',
      },
    ],
    [
      'what it keeps of its open logs',
      'logging_collector = yes',
      { [`${data}/current_logfiles`]: 'stderr $root/srv/logs/postgresql-2026-11-24_000000.log\n' },
    ],
  ])('where %s says', async (_, settings, files) => {
    const set = "logging_collector = 'on' # all\nlog_directory '$root/srv/logs'\n"
    const tree = Object.fromEntries(
      Object.entries(files).map(([name, text]) => [name, text.replace('SET', set)]),
    )
    const world = debian(`${settings}\n`, {
      'srv/logs/postgresql-2026-11-24_000000.log': 'FATAL:  here\n',
      ...tree,
    })
    expect(await saidBy(world)).toContain('FATAL:  here')
  })

  it('where the running server was started to write it', async () => {
    const world = debian('', {
      'srv/pg/postgresql.conf': 'port = 5432\nlogging_collector = on\n',
      'srv/pg/log/postgresql-2026-11-24_000000.log': 'ERROR:  mine\n',
    })
    const ps = 'echo "77 Ss postgres 1 1 9 0 - /opt/pg/bin/postgres -D $root/srv/pg -c log_directory=log"'
    const other = { 'etc/postgresql/15/main/postgresql.conf': 'port = 5433\n' }
    expect(await saidBy({ tree: { ...world.tree, ...other }, programs: { ...world.programs, ps } })).toEqual([
      'ERROR:  mine',
    ])
  })

  it('not of a server in a container, whose files are not on this host: the journal is what there is', async () => {
    const ps =
      'echo "77 Ss postgres 1 1 9 0 - /opt/pg/bin/postgres -D /gone/data --config-file=/gone/postgresql.conf"'
    const world = { tree: { 'var/none': '' }, programs: { ps, psql: 'exit 2', journalctl: 'exit 0' } }
    expect(await saidBy(world)).toEqual([])
  })

  it('in the file or the folder that is set for the host, whatever else there is', async () => {
    const world = debian('', { [debians]: 'ERROR:  not this\n', 'srv/a.log': 'ERROR:  this\n' })
    expect(await saidBy(world, ['$root/srv'])).toEqual(['ERROR:  this'])
    expect(await saidBy(world, ['$root/srv/a.log'])).toEqual(['ERROR:  this'])
  })

  it('as records, where it writes no lines', async () => {
    const csv = `2026-11-24 05:02:10.123 UTC,"app","metrics",812,"127.0.0.1:4",69,1,"INSERT",2026-11-24 05:00:00 UTC,3/4,0,ERROR,42501,"permission denied for table ""a, b""","of
two lines",,,,,"INSERT INTO ""a, b"" VALUES (1)",,,"api","client backend",,0
2026-11-24 05:02:11.000 UTC,,,692,,69,2,,2026-11-24 05:00:00 UTC,,0,LOG,00000,"checkpoint starting: time",,,,,,,,,"","checkpointer",,0
`
    const json = `{"timestamp":"2026-11-24 05:02:10.123 UTC","user":"app","dbname":"metrics","pid":812,"error_severity":"ERROR","state_code":"42501","message":"permission denied for table \\"a, b\\"","detail":"of\\ntwo lines","statement":"INSERT INTO \\"a, b\\" VALUES (1)","backend_type":"client backend","query_id":0}
{"timestamp":"2026-11-24 05:02:11.000 UTC","pid":692,"error_severity":"LOG","message":"checkpoint starting: time","backend_type":"checkpointer"}
`
    const lines = [
      '2026-11-24 05:02:10.123 UTC [812] app@metrics ERROR:  42501: permission denied for table "a, b"',
      '2026-11-24 05:02:10.123 UTC [812] app@metrics DETAIL:  of two lines',
      '2026-11-24 05:02:10.123 UTC [812] app@metrics STATEMENT:  INSERT INTO "a, b" VALUES (1)',
      '2026-11-24 05:02:11.000 UTC [692] LOG:  checkpoint starting: time',
    ]
    const files = {
      [`${data}/log/postgresql-2026-11-24_000000.csv`]: csv,
      [`${data}/log/postgresql-2026-11-24_000000.json`]: json,
      [`${data}/log/postgresql-2026-11-24_000000.log`]: 'line\n',
    }
    const of = (destination: string) =>
      saidBy(debian(`logging_collector = on\nlog_destination = '${destination}'\n`, files))
    expect(await of('csvlog')).toEqual(lines)
    expect(await of('jsonlog')).toEqual(lines)
    expect(await of('stderr,csvlog')).toEqual(['line'])
  })

  it('in the syslog, where there is no journal', async () => {
    const world = debian("log_destination = 'syslog'\nsyslog_ident = 'pg15'\n", {
      'var/log/syslog':
        '2026-11-24T05:02:10.1+00:00 host1 pg15[812]: [5-1] 2026-11-24 05:02:10.100 UTC [812] app@app ERROR:  mine\n2026-11-24T05:02:10.1+00:00 host1 postgres[9]: [5-1] ERROR:  of another\nNov  4 05:02:11 host1 pg15[812]: [6-1] ERROR:  older form\n',
    })
    const journalctl = 'echo "No journal files were found." >&2'
    expect(await saidBy({ ...world, programs: { ...world.programs, journalctl } })).toEqual([
      '2026-11-24T05:02:10.1+00:00 pg15[812]: [5-1] 2026-11-24 05:02:10.100 UTC [812] app@app ERROR:  mine',
      expect.stringMatching(/^20\d\d-11-04T05:02:11 pg15\[812\]: \[6-1\] ERROR: {2}older form$/),
    ])
    expect(await saidBy(world)).toEqual([''].slice(1))
  })
})

describe('the first words', () => {
  const answering = async (answer: Buffer): Promise<string> => {
    const server = createServer((socket) => socket.once('data', () => socket.end(answer)))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const { stdout } = await ask('postgresql/first-words.pl', ['127.0.0.1', String(port), 'app', 'metrics'])
    server.close()
    return stdout.replace(String(port), 'PORT')
  }

  it.each([
    [
      'a request for a password',
      Buffer.from('R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0', 'latin1'),
      'connect=ok\naddress=127.0.0.1 port PORT\nreply=login\nmethod=scram\n',
    ],
    [
      'a refusal',
      Buffer.from('E\0\0\0\x40SFATAL\0C53300\0Msorry, too many\nclients already\0\0', 'latin1'),
      'connect=ok\naddress=127.0.0.1 port PORT\nreply=refused\nsqlstate=53300\nmessage=sorry, too many clients already\n',
    ],
    ['something else', Buffer.from('HTTP/1.1 400'), 'connect=ok\naddress=127.0.0.1 port PORT\nreply=other\n'],
  ])('are answered with %s', async (_, answer, says) => {
    expect(await answering(answer)).toBe(says)
  })

  it('say nothing of who asks through a socket file, where an account counts', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'first-words-'))
    const heard: Buffer[] = []
    const server = createServer((socket) =>
      socket.once('data', (data) => {
        heard.push(data)
        socket.end('N')
      }),
    )
    await new Promise<void>((resolve) => server.listen(join(folder, '.s.PGSQL.5432'), resolve))
    const { stdout } = await ask('postgresql/first-words.pl', [folder, '5432', 'app', 'metrics'])
    server.close()
    rmSync(folder, { recursive: true })
    expect(stdout).toBe(`connect=ok\naddress=${folder}/.s.PGSQL.5432\nreply=login\nmethod=by its account\n`)
    // SSLRequest, and no name.
    expect(Buffer.concat(heard).toString('hex')).toBe('0000000804d2162f')
  })

  it('are not answered at a socket file that is not there', async () => {
    const { stdout } = await ask('postgresql/first-words.pl', ['/nowhere', '5432', 'app', 'metrics'])
    expect(stdout).toBe(
      'tried=/nowhere/.s.PGSQL.5432 No such file or directory\nconnect=No such file or directory\n',
    )
  })

  it('are not answered where nobody listens', async () => {
    const { stdout } = await ask('postgresql/first-words.pl', ['127.0.0.1', '1', 'app', 'metrics'])
    expect(stdout).toBe('tried=127.0.0.1 port 1 Connection refused\nconnect=Connection refused\n')
  })
})

it('what DebVisor says again, in its log and in JSON in its journal', async () => {
  const said = JSON.stringify({
    level: 'ERROR',
    message: 'no metrics collected',
    exception:
      'Traceback (most recent call last):\n  x\nsqlalchemy.exc.DataError: (psycopg2.errors.X) nextval: "s" ended\n\n[SQL: INSERT]',
  })
  const { stdout } = await ask(
    'postgresql/refused-again.sh',
    ['$root/error.log', '', 'debvisor', '5432', '/none'],
    {
      tree: { 'error.log': '[2026-11-24 03:16:00 +0000] [7] [INFO] Booting worker\n' },
      programs: {
        journalctl: `cat <<'END'\n2026-11-24T03:16:00+0000 host1 app[7]: ${said}\n2026-11-24T03:16:01+0000 host1 app[7]: plain\nEND`,
        sleep: 'true',
        date: 'echo now=1 zone=+0000',
      },
    },
  )
  expect(stdout.split('\n').filter((line) => !line.startsWith('postgres '))).toEqual([
    'now=1 zone=+0000',
    'debvisor [2026-11-24 03:16:00 +0000] [7] [INFO] Booting worker',
    'debvisor 2026-11-24T03:16:00+0000 host1 app[7]: ERROR no metrics collected',
    'debvisor 2026-11-24T03:16:00+0000 host1 app[7]: Traceback (most recent call last):',
    'debvisor 2026-11-24T03:16:00+0000 host1 app[7]:   x',
    'debvisor 2026-11-24T03:16:00+0000 host1 app[7]: sqlalchemy.exc.DataError: (psycopg2.errors.X) nextval: "s" ended',
    'debvisor 2026-11-24T03:16:00+0000 host1 app[7]: [SQL: INSERT]',
    'debvisor 2026-11-24T03:16:01+0000 host1 app[7]: plain',
    '=== end',
    '',
  ])
})

it('which units of the host hold connections', async () => {
  const { stdout } = await ask('postgresql/clients.sh', ['5432', 'postgres'], {
    programs: {
      ss: String.raw`printf '%s\n' 'ESTAB 0 0 127.0.0.1:4 127.0.0.1:5432 uid:33 ino:1 sk:1 cgroup:/system.slice/debvisor.service <->' 'ESTAB 0 0 127.0.0.1:5 127.0.0.1:5432 uid:33 ino:1 sk:1 cgroup:/system.slice/report.service <->' 'ESTAB 0 0 127.0.0.1:6 127.0.0.1:5432 uid:33 ino:1 sk:1 cgroup:/system.slice/report.service <->'`,
      ps: String.raw`printf '%-80s %s\n' postgresql@17-main.service 'postgres: checkpointer' report-builder.service 'python3 -c import psycopg2' user@0.service '(sd-pam)'`,
    },
  })
  expect(stdout).toBe(
    'tcp\treport.service\t2\t-\t-\ntcp\tdebvisor.service\t1\t-\t-\naccount\treport-builder.service\t1\tpostgres\tpython3 -c import psycopg2\n=== end\n',
  )
})

it('what each unit of the host asked the database last, and which files of nginx name the port of another', async () => {
  const { stdout } = await ask(
    'postgresql/sessions-of-units.sh',
    ['5432', 'debvisor', 'local', '$root/etc/nginx/nginx.conf', '8082'],
    {
      tree: {
        'etc/nginx/nginx.conf': 'include conf.d/*.conf; # :8082\n',
        'etc/nginx/conf.d/up.conf': 'server 127.0.0.1:8082 backup;\n',
        'etc/nginx/sites-enabled/other': 'proxy_pass http://127.0.0.1:80821;\n',
      },
      programs: {
        ss: String.raw`printf '%s\n' '0 0 [::1]:41 [::1]:5432 uid:33 ino:1 sk:1 cgroup:/system.slice/debvisor.service <->' '0 0 127.0.0.1:52 127.0.0.1:5432 timer:(keepalive,8.600ms,0) uid:33 ino:1 sk:1 cgroup:/system.slice/debvisor-2.3.service <->'`,
        psql: String.raw`printf '52\t536\tdebvisor\t3\tINSERT INTO metrics\n41\t414\tdebvisor\t1\tSELECT id\n77\t5\tdebvisor\t1\tCOMMIT\n'`,
        runuser: 'shift 3; exec "$@"',
      },
    },
  )
  expect(stdout).toMatch(
    /^debvisor-2\.3\.service\t536\tdebvisor\t3\tINSERT INTO metrics\ndebvisor\.service\t414\tdebvisor\t1\tSELECT id\nnginx\t0\t-\t0\t\S*\/conf\.d\/up\.conf\n=== end\n$/,
  )
})

describe("Debian's wrapper of psql is left out", () => {
  const port = '65432'
  /** A host whose psql says which one it is; it is a wrapper, or a program of its own. */
  async function psqlOf(versions: readonly string[], has: { wrapper: boolean; socket: boolean }) {
    const root = mkdtempSync(join(tmpdir(), 'psql-'))
    const program = (path: string, text: string) => {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
    }
    program('usr/share/postgresql-common/pg_wrapper', 'echo wrapper')
    program('bin/id', 'echo 1000')
    if (has.wrapper) symlinkSync('../usr/share/postgresql-common/pg_wrapper', join(root, 'bin/psql'))
    else program('bin/psql', 'echo other')
    for (const version of versions) program(`usr/lib/postgresql/${version}/bin/psql`, `echo ${version}`)
    mkdirSync(join(root, 'var/run/postgresql'), { recursive: true })
    const server = createServer()
    if (has.socket)
      await new Promise<void>((resolve) =>
        server.listen(join(root, `var/run/postgresql/.s.PGSQL.${port}`), resolve),
      )
    const script = readFileSync(
      new URL('../../../src/runbooks/scripts/postgresql/psql.sh', import.meta.url),
      'utf8',
    )
    try {
      return execFileSync(
        'sh',
        ['-c', `pgPort=${port}\n${script.replace(/\/(usr|var)\//g, `${root}/$1/`)}\nask "$@"`],
        {
          encoding: 'utf8',
          env: { PATH: `${root}/bin:${process.env.PATH}` },
        },
      ).trim()
    } finally {
      server.close()
      rmSync(root, { recursive: true })
    }
  }

  it('for the newest version of the cluster whose socket is where psql looks', async () => {
    expect(await psqlOf(['9.6', '15', '17'], { wrapper: true, socket: true })).toBe('17')
  })
  it('but not where the socket is elsewhere, where no version is there, or for another psql', async () => {
    expect(await psqlOf(['15'], { wrapper: true, socket: false })).toBe('wrapper')
    expect(await psqlOf([], { wrapper: true, socket: true })).toBe('wrapper')
    expect(await psqlOf(['15'], { wrapper: false, socket: true })).toBe('other')
  })
})

describe('without a server', () => {
  const programs = {
    id: 'echo 1000',
    psql: 'echo "psql: error: connection refused: Connection refused" >&2; exit 2',
  }
  it.each([
    ['postgresql/sessions.sh'],
    ['postgresql/idle-transactions.sh'],
    ['postgresql/limits-and-state.sh'],
    ['postgresql/settings-and-slots.sh'],
    ['postgresql/partitions.sh'],
    ['postgresql/password-columns.sh'],
    ['postgresql/rates.sh'],
    ['postgresql/table-scans.sh'],
    ['postgresql/indexes.sh'],
    ['postgresql/dead-rows.sh'],
  ])('%s says that nobody listens (69), and no answer', async (script) => {
    expect(await ask(script, ['localhost', '5432'], { programs })).toMatchObject({
      status: 69,
      stdout: '',
      stderr: expect.stringContaining('Connection refused'),
    })
  })
})

describe.runIf(psqlFolder() !== undefined)('a server that collects its log', () => {
  let server: RealPostgres
  let port = ''
  const query = async (text: string) => {
    const one = new pg.Client({ connectionString: server.url })
    await one.connect()
    await one.query(text).finally(() => one.end())
  }
  beforeAll(async () => {
    const started = await startPostgres({ empty: true })
    if (!started) throw new Error('there is no PostgreSQL here')
    server = started
    port = new URL(server.url).port
    await query('ALTER SYSTEM SET logging_collector = on')
    await query('ALTER SYSTEM SET archive_mode = on')
    await server.restart()
  })
  afterAll(() => server?.stop())

  it.each(['stderr', 'csvlog', 'jsonlog'])('has what it refuses in its %s', async (destination) => {
    await query(`ALTER SYSTEM SET log_destination = '${destination}'`)
    await query('SELECT pg_reload_conf()')
    const table = `none_${destination}`
    await expect
      .poll(async () => {
        await query(`SELECT * FROM ${table}`).catch(() => {})
        const world = { programs: { journalctl: 'exit 0' } }
        return (await ask('postgresql/log.pl', ['', port, '/none'], world)).stdout
      })
      .toMatch(new RegExp(`ERROR:  (42P01: )?relation "${table}" does not exist`))
  })

  it('tells that its WAL is not archived, until it is', async () => {
    const { hostname, username } = new URL(server.url)
    const programs = {
      id: 'echo 1000',
      psql: `PGHOST=${hostname} PGUSER=${username} exec ${psqlFolder()}/psql "$@"`,
    }
    const archive = async () => {
      const { stdout } = await ask('postgresql/settings-and-slots.sh', [port, 'postgres'], { programs })
      return evidenceOf('db', 'pg_look', stdout).rows.filter(({ kind }) => kind === 'archive')
    }
    await query("ALTER SYSTEM SET archive_command = 'SECRET=hunter2 /bin/false %p'")
    await query('SELECT pg_reload_conf()')
    await query('CREATE TABLE written AS SELECT 1')
    await query('SELECT pg_switch_wal()')
    await expect
      .poll(archive, { timeout: 10_000 })
      .toEqual([expect.objectContaining({ value: expect.stringMatching(/^\/bin\/false failed [1-9]/) })])
    await query("ALTER SYSTEM SET archive_command = '/bin/true'")
    await query('SELECT pg_reload_conf()')
    await query('SELECT pg_switch_wal()')
    await expect.poll(archive, { timeout: 10_000 }).toEqual([])
  }, 30_000)
})

describe.runIf(psqlFolder() !== undefined)('a real server tells', () => {
  let server: RealPostgres
  let one: pg.Client
  let world: World
  let port = ''
  beforeAll(async () => {
    const started = await startPostgres({ empty: true })
    if (!started) throw new Error('there is no PostgreSQL here')
    server = started
    const url = new URL(server.url)
    port = url.port
    one = new pg.Client({ connectionString: server.url })
    await one.connect()
    // As the login itself, over TCP: the server's user postgres has no socket here.
    const programs = {
      id: 'echo 1000',
      psql: `PGHOST=127.0.0.1 PGUSER=${url.username} exec ${psqlFolder()}/psql "$@"`,
    }
    world = { tree: { 'var/run/postgresql/none': '' }, programs }
  })
  afterAll(async () => {
    await one?.end()
    await server?.stop()
  })

  const rows = async (topic: string, probe: string, script: string, args: readonly string[]) => {
    const { status, stdout, stderr } = await ask(script, args, world)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    return evidenceOf(topic, probe, stdout)
  }

  it('its sessions, and those that are idle in a transaction', async () => {
    await one.query('SET application_name = \'import, "daily"\'; BEGIN; SELECT 1')
    const sessions = (await rows('db', 'pg_activity', 'postgresql/sessions.sh', [port])).rows
    expect(sessions).toEqual([
      expect.objectContaining({ application: 'import, "daily"', state: 'idle in transaction', blockers: '' }),
    ])
    const idle = (await rows('db', 'pg_idle', 'postgresql/idle-transactions.sh', [port])).rows
    expect(idle).toHaveLength(1)
    expect(idle[0]?.pid).toBe(sessions[0]?.pid)
    expect(Math.abs(Date.now() - Number(idle[0]?.began))).toBeLessThan(60_000)
    await one.query('ROLLBACK')
  })

  it('the kind of lock that a session waits for, and the key of an advisory one', async () => {
    const other = new pg.Client({ connectionString: server.url })
    await other.connect()
    const waits = async () =>
      (await rows('db', 'pg_activity', 'postgresql/sessions.sh', [port])).rows.map((session) => session.waits)
    for (const [key, said] of [
      ['7311', '7311'],
      ['-1', '-1'],
      ['7, 11', '7, 11'],
    ] as const) {
      await one.query(`SELECT pg_advisory_lock(${key})`)
      const waited = other.query(`SELECT pg_advisory_lock(${key})`)
      await expect.poll(waits).toContain(`Lock: advisory (key ${said})`)
      await one.query('SELECT pg_advisory_unlock_all()')
      await waited
      await other.query('SELECT pg_advisory_unlock_all()')
    }
    await one.query('CREATE TABLE locked AS SELECT 1')
    await one.query('BEGIN; LOCK TABLE locked')
    const waited = other.query('SELECT * FROM locked')
    await expect.poll(waits).toContain('Lock: relation')
    await one.query('ROLLBACK')
    await waited
    await other.end()
    await one.query('DROP TABLE locked')
  })

  it('its limits and state', async () => {
    const { fields } = await rows('db', 'pg_numbers', 'postgresql/limits-and-state.sh', [port])
    expect(fields).toMatchObject({
      slots: expect.any(BigInt),
      reserved: 3n,
      recovery: false,
      readOnly: false,
      rejected: '',
      badSettings: expect.any(String),
    })
  })

  it('which line of its files the next start will not take, and none that another one overrides', async () => {
    const { rows: files } = await one.query<{ config_file: string }>('SHOW config_file')
    const file = files[0]?.config_file ?? ''
    const { rows: before } = await one.query<{ text: string }>('SELECT pg_read_file($1) AS text', [file])
    const badSettings = async (...lines: readonly string[]) => {
      writeFileSync(file, `${before[0]?.text}\n${lines.join('\n')}\n`)
      return (await rows('db', 'pg_numbers', 'postgresql/limits-and-state.sh', [port])).fields.badSettings
    }
    const at = (line: number) => `${file}:${(before[0]?.text.split('\n').length ?? 0) + line}`
    expect(await badSettings('work_mem = bad', 'work_mem = 8MB')).toBe('')
    expect(await badSettings('max_connections = 77')).toBe('')
    // Of a name that is written in two ways PostgreSQL takes both lines at its start.
    expect(await badSettings('Work_Mem = bad', 'work_mem = 8MB')).toMatch(`${at(1)} Work_Mem: `)
    expect(await badSettings('max_connections = 77', 'shared_buffers = bad', 'nonsense = 1')).toBe(
      `${at(3)} nonsense: unrecognized configuration parameter`,
    )
    expect(await badSettings('max_connections = 77', 'shared_buffers = bad')).toBe(
      `${at(2)} shared_buffers: setting could not be applied`,
    )
    expect(await badSettings()).toBe('')
  })

  it('rates, and tables that are read from end to end', async () => {
    await one.query('CREATE TABLE wide AS SELECT generate_series(1, 20000) AS n; ANALYZE wide')
    const reading = setInterval(
      () => void one.query('SELECT count(*) FROM wide WHERE n < 0').catch(() => {}),
      50,
    )
    const [rates, tables] = await Promise.all([
      rows('performance', 'pg_rates', 'postgresql/rates.sh', [port, 'postgres']),
      rows('performance', 'pg_tables', 'postgresql/table-scans.sh', [port, 'postgres']),
    ])
    clearInterval(reading)
    expect(rates.rows).toContainEqual(expect.objectContaining({ name: 'postgres', deadlocks: 0n }))
    expect(tables.rows.map(({ name }) => name)).toEqual(['public.wide'])
  })

  it('which tables lose nearly all of their rows, and by which of their triggers', async () => {
    await one.query(`CREATE TABLE samples (n int, at timestamptz DEFAULT now()); CREATE TABLE kept AS SELECT generate_series(1, 400) AS n;
      CREATE FUNCTION keep_small() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        DELETE FROM samples WHERE at < now() - interval '90 seconds'; RETURN NULL; END $$;
      CREATE TRIGGER keep_small AFTER INSERT ON samples EXECUTE FUNCTION keep_small();
      INSERT INTO samples SELECT generate_series(1, 400); DELETE FROM samples WHERE n > 10; DELETE FROM kept WHERE n > 380`)
    const look = async () =>
      (await rows('db', 'emptied_tables', 'postgresql/emptied-tables.sh', [port, 'postgres'])).rows
    await expect
      .poll(look, { timeout: 10_000 })
      .toEqual([
        { table: 'samples', live: 10n, added: 400n, removed: 390n, trigger: 'keep_small', stays: 90n },
      ])
    await one.query('DROP TABLE samples, kept; DROP FUNCTION keep_small()')
  })

  it('the first words of the last statement of a session over TCP, and no value of it', async () => {
    await one.query('CREATE TABLE noted (n text)')
    await one.query("INSERT INTO noted\n VALUES ('hunter2')")
    const { stdout } = await ask(
      'postgresql/sessions-of-units.sh',
      [port, 'postgres', 'local', '/none', 'none'],
      {
        ...world,
        programs: {
          ...world.programs,
          ss: `seq 1024 65535 | sed 's|.*|0 0 127.0.0.1:& 127.0.0.1:${port} cgroup:/system.slice/old.service <->|'`,
        },
      },
    )
    expect(stdout).toMatch(/^old\.service\t\d+\t\w+\t\d+\tINSERT INTO noted\n=== end\n$/m)
    expect(stdout).not.toContain('hunter2')
    await one.query('DROP TABLE noted')
  })

  it('which table was emptied at once, and which never had a row', async () => {
    await one.query(`CREATE TABLE imported (n int); CREATE TABLE unused (n int); CREATE TABLE parted (n int) PARTITION BY LIST (n);
      INSERT INTO imported VALUES (1), (2)`)
    await one.query('TRUNCATE imported')
    // A session tells its counters when it has a transaction a second later, else after ten.
    const look = async () => {
      await one.query('SELECT 1')
      return (await rows('db', 'emptied_tables', 'postgresql/emptied-tables.sh', [port, 'postgres'])).rows
    }
    await expect
      .poll(look, { timeout: 10_000 })
      .toEqual([{ table: 'imported', live: 0n, added: 2n, removed: -1n, trigger: '-', stays: -1n }])
    await one.query('DROP TABLE imported, unused, parted')
  })

  it('that nearly each plan is compiled, and by which line', async () => {
    const jit = async () => {
      const { rows: look } = await rows('db', 'pg_look', 'postgresql/settings-and-slots.sh', [
        port,
        'postgres',
      ])
      return look.filter(({ kind }) => kind === 'jit').map(({ value }) => value)
    }
    expect(await jit()).toEqual([])
    await one.query('ALTER SYSTEM SET jit_above_cost = 10')
    await one.query('SELECT pg_reload_conf()')
    const { rows: may } = await one.query<{ it: boolean }>('SELECT pg_jit_available() AS it')
    const said = may[0]?.it ? [expect.stringMatching(/^10 \(.*postgresql\.auto\.conf:\d+\)$/)] : []
    await expect.poll(jit).toEqual(said)
    await one.query('ALTER SYSTEM RESET jit_above_cost')
    await one.query('SELECT pg_reload_conf()')
  })

  it('which settings roles have, but none of an application, which may be a secret', async () => {
    await one.query("ALTER ROLE ALL SET app.jwt_secret = 'hunter2'; ALTER ROLE ALL SET work_mem = '2MB'")
    const { rows: look } = await rows('db', 'pg_look', 'postgresql/settings-and-slots.sh', [port, 'postgres'])
    await one.query('ALTER ROLE ALL RESET ALL')
    expect(look.filter(({ kind }) => kind === 'role').map(({ value }) => value)).toEqual(['work_mem=2MB'])
  })

  it('to whom row level security shows no row', async () => {
    await one.query(`CREATE ROLE reader LOGIN; CREATE ROLE auditor NOLOGIN; CREATE TABLE guarded (n int); ALTER TABLE guarded OWNER TO reader;
      ALTER TABLE guarded ENABLE ROW LEVEL SECURITY; CREATE POLICY audit ON guarded FOR SELECT TO auditor USING (true)`)
    const told = async (change: string) => {
      await one.query(change)
      const { rows: look } = await rows('db', 'pg_look', 'postgresql/settings-and-slots.sh', [
        port,
        'postgres',
      ])
      return look
        .filter(({ kind, value }) => kind === 'policy' && String(value).startsWith('for reader: '))
        .map(({ value }) => value)
    }
    try {
      expect(await told('SELECT 1')).toEqual([])
      expect(await told('ALTER TABLE guarded FORCE ROW LEVEL SECURITY')).toEqual([
        'for reader: no policy for it, the owner, so no row; audit true',
      ])
      expect(await told('CREATE POLICY narrow ON guarded AS RESTRICTIVE TO reader USING (n > 0)')).toEqual([
        'for reader: no policy for it, the owner, so no row; audit true; narrow (n > 0)',
      ])
      expect(
        await told(
          'DROP POLICY narrow ON guarded; CREATE POLICY add ON guarded FOR INSERT TO reader WITH CHECK (true)',
        ),
      ).toEqual(['for reader: may add rows and read none; add ; audit true'])
      expect(await told('DROP POLICY add ON guarded; GRANT auditor TO reader')).toEqual([
        'for reader: audit true',
      ])
      expect(await told('REVOKE auditor FROM reader; CREATE POLICY own ON guarded USING (n > 1)')).toEqual([
        'for reader: audit true; own (n > 1)',
      ])
    } finally {
      await one.query('DROP TABLE guarded; DROP ROLE reader; DROP ROLE auditor')
    }
  })

  it('which large tables it never analyzed', async () => {
    await one.query('CREATE TABLE loaded (n int) WITH (autovacuum_enabled = off)')
    // A session counts its rows at its end, if not before.
    const loading = new pg.Client({ connectionString: server.url })
    await loading.connect()
    await loading.query('INSERT INTO loaded SELECT generate_series(1, 60000)')
    await loading.end()
    const unanalyzed = async () => {
      const { rows: look } = await rows('db', 'pg_look', 'postgresql/settings-and-slots.sh', [
        port,
        'postgres',
      ])
      return look.filter(({ kind }) => kind === 'unanalyzed').map(({ name, value }) => `${name} ${value}`)
    }
    await expect.poll(unanalyzed, { timeout: 10_000 }).toEqual(['loaded never analyzed, has 60000 rows'])
    await one.query('ANALYZE loaded')
    expect(await unanalyzed()).toEqual([])
    await one.query('DROP TABLE loaded')
  }, 15_000)

  it('which database sorts as an older system did', async () => {
    const collations = async () => {
      const { stdout } = await ask('postgresql/limits-and-state.sh', [port], world)
      return stdout.split('\n').filter((line) => line.startsWith('collation='))
    }
    expect(await collations()).toEqual([])
    // Since PostgreSQL 15, and only where it was built with ICU.
    const made = await one
      .query("CREATE DATABASE sorted TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'")
      .then(
        () => true,
        () => false,
      )
    await one.query("UPDATE pg_database SET datcollversion = '0.1' WHERE datname = 'sorted'").catch(() => {})
    const said = made ? [expect.stringMatching(/^collation=sorted has 0\.1, the system \d+/)] : []
    expect(await collations()).toEqual(said)
    await one.query('DROP DATABASE IF EXISTS sorted')
  })

  describe('where written rows are thrown away:', () => {
    /** A function of a trigger, on a table of its own, and what is told of it. */
    const told = async (body: string, when = 'BEFORE INSERT ON t FOR EACH ROW') => {
      await one.query(`DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t (n int, host text);
        CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $body$ ${body} $body$;
        CREATE TRIGGER g ${when} EXECUTE FUNCTION f()`)
      return discards()
    }
    const discards = async () => {
      const { rows: look } = await rows('db', 'pg_look', 'postgresql/settings-and-slots.sh', [
        port,
        'postgres',
      ])
      return look
        .filter(({ kind }) => kind === 'discard')
        .map(({ name, value, number }) => `${name} ${value} ${number}`)
    }
    afterEach(async () => void (await one.query('DROP TABLE IF EXISTS t CASCADE')))
    const counted = '(counted: 0 added, 0 changed, 0 removed)'

    it.each([
      ['BEGIN RETURN NULL; END', 2],
      ['BEGIN -- it is "RETURN NEW" that was here\n  RETURN NULL; RETURN NEW; END', 2],
      ["BEGIN RAISE LOG 'return new;'; return null ; END", 2],
      ["/* it is's */ BEGIN RETURN NULL; /* done */ END", 2],
      ["BEGIN IF NEW.n < 0 THEN RAISE EXCEPTION 'no'; END IF; RETURN NULL; END", 0],
      ['BEGIN IF extract(second FROM now())::int % 3 = 0 THEN RETURN NULL; END IF; RETURN NEW; END', 1],
      ["BEGIN IF current_user = 'app' THEN\n RETURN NULL; END IF; RETURN NEW; END", 1],
      ['BEGIN IF NEW.n < extract(epoch FROM now()) THEN RETURN NULL; END IF; RETURN NEW; END', 0],
      [
        "BEGIN IF NEW.n < 0 THEN RAISE LOG 'no'; RETURN NULL; END IF; IF now() > current_date THEN NEW.n := 1; END IF; RETURN NEW; END",
        0,
      ],
      ['BEGIN IF random() < 0.5 THEN RETURN NULL; END IF; RETURN NEW; END', 1],
      ["BEGIN IF gen_random_uuid()::text < '8' THEN RETURN NULL; END IF; RETURN NEW; END", 1],
      [
        'BEGIN NEW.host := gen_random_uuid(); NEW.n := random() * 9; IF NEW.host IS NULL THEN RETURN NULL; END IF; RETURN NEW; END',
        0,
      ],
      ["BEGIN IF NEW.host = 'web' THEN RETURN NULL; END IF; RETURN NEW; END", 0],
    ])('by a trigger: %s', async (body, sure) => {
      expect(await told(body)).toEqual([
        `t INSERT: trigger g calls f(), which returns NULL ${counted} ${sure}`,
      ])
    })

    it.each([
      ['it keeps the row elsewhere', 'BEGIN INSERT INTO u VALUES (NEW.*); RETURN NULL; END'],
      [
        'it keeps it between two comments',
        '/* where it belongs */ BEGIN INSERT INTO u VALUES (NEW.*); /* not here */ RETURN NULL; END',
      ],
      ['whoever writes is told', "BEGIN RAISE EXCEPTION 'only to be read'; RETURN NULL; END"],
      ['whoever writes is told by a code', "BEGIN RAISE SQLSTATE '42501'; RETURN NULL; END"],
      [
        'it keeps it by a name that it makes',
        "BEGIN EXECUTE 'INSERT INTO t_' || NEW.n || ' SELECT ($1).*' USING NEW; RETURN NULL; END",
      ],
      [
        'it keeps a copy of it elsewhere',
        'DECLARE r t; BEGIN r := NEW; INSERT INTO u VALUES (r.*); RETURN NULL; END',
      ],
      [
        'it leaves out what is there',
        'BEGIN PERFORM FROM t WHERE n = NEW.n; IF FOUND THEN RETURN NULL; END IF; RETURN NEW; END',
      ],
      ['it hands it on', "BEGIN PERFORM pg_notify('q', row_to_json(NEW)::text); RETURN NULL; END"],
      ['it is asked after the row is there', 'BEGIN RETURN NULL; END', 'AFTER INSERT ON t FOR EACH ROW'],
      ['it is asked once a statement', 'BEGIN RETURN NULL; END', 'BEFORE INSERT ON t FOR EACH STATEMENT'],
      ['it gives the row back', "BEGIN RAISE LOG 'return null;'; RETURN NEW; END"],
    ])('by no trigger where %s', async (_, body, when?: string) => {
      expect(await told(body, when)).toEqual([])
    })

    it('by no trigger that is switched off, or of a view', async () => {
      await told('BEGIN RETURN NULL; END')
      await one.query('ALTER TABLE t DISABLE TRIGGER g')
      expect(await discards()).toEqual([])
      await one.query(
        'CREATE VIEW v AS SELECT * FROM t; CREATE TRIGGER w INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION f()',
      )
      await one.query('CREATE RULE nothing AS ON DELETE TO v DO INSTEAD NOTHING')
      expect(await discards()).toEqual([])
    })

    it('by a rule, once for all partitions', async () => {
      await one.query(`CREATE TABLE t (n int) PARTITION BY RANGE (n); CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (0) TO (9);
        CREATE RULE nothing AS ON INSERT TO t DO INSTEAD NOTHING`)
      expect(await discards()).toEqual([`t INSERT: rule nothing does nothing instead ${counted} 2`])
    })

    it('by a rule whose name can be copied into a statement as it is', async () => {
      await one.query('CREATE TABLE t (n int); CREATE RULE "a; b" AS ON INSERT TO t DO INSTEAD NOTHING')
      expect(await discards()).toEqual([`t INSERT: rule "a; b" does nothing instead ${counted} 2`])
    })

    it('though there are many settings of roles, and many policies', async () => {
      await told('BEGIN RETURN NULL; END')
      await one.query(`DO $$ BEGIN FOR i IN 1..130 LOOP
          EXECUTE format('CREATE ROLE many_%s LOGIN; ALTER ROLE many_%s SET work_mem = ''1MB''', i, i);
        END LOOP; END $$;
        ALTER TABLE t ENABLE ROW LEVEL SECURITY; GRANT SELECT ON t TO PUBLIC; ALTER ROLE ALL SET lock_timeout = '5s'`)
      const { rows: look } = await rows('db', 'pg_look', 'postgresql/settings-and-slots.sh', [
        port,
        'postgres',
      ])
      await one.query(`ALTER ROLE ALL RESET lock_timeout; DROP TABLE t CASCADE;
        DO $$ BEGIN FOR i IN 1..130 LOOP EXECUTE format('DROP ROLE many_%s', i); END LOOP; END $$`)
      expect(look.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['discard', 'policy']))
      expect(look.find(({ kind }) => kind === 'role')).toMatchObject({ value: 'lock_timeout=5s' })
    })

    it('by a rule that keeps rows from being removed, where they were removed before as a habit', async () => {
      const deleted = async (times: number) => {
        const writing = new pg.Client({ connectionString: server.url })
        await writing.connect()
        await writing.query('DROP TABLE IF EXISTS t; CREATE TABLE t (n int)')
        await writing.query('INSERT INTO t SELECT generate_series(1, 40)')
        await writing.query(`DELETE FROM t WHERE n <= ${times}`)
        await writing.query('CREATE RULE keep AS ON DELETE TO t DO INSTEAD NOTHING')
        // A session counts its rows at its end, if not before.
        await writing.end()
      }
      const keep = (times: number, sure: number) => [
        `t DELETE: rule keep does nothing instead (counted: 40 added, 0 changed, ${times} removed) ${sure}`,
      ]
      await deleted(1)
      await expect.poll(discards).toEqual(keep(1, 0))
      await deleted(30)
      await expect.poll(discards).toEqual(keep(30, 2))
    })

    it('by no rule that has a condition, or stands behind others that keep the row', async () => {
      await one.query(`CREATE TABLE t (n int); CREATE TABLE t_1 () INHERITS (t); CREATE TABLE t_2 () INHERITS (t);
        CREATE RULE first AS ON INSERT TO t WHERE NEW.n < 5 DO INSTEAD INSERT INTO t_1 VALUES (NEW.*)`)
      expect(await discards()).toEqual([])
      await one.query('CREATE RULE nothing AS ON INSERT TO t DO INSTEAD NOTHING')
      expect(await discards()).toEqual([])
      await one.query('CREATE RULE zero AS ON DELETE TO t_2 WHERE OLD.n = 0 DO INSTEAD NOTHING')
      expect(await discards()).toEqual([])
    })

    it('surely where rows were changed before, and not where a table is only ever added to', async () => {
      await one.query('CREATE TABLE t (n int)')
      await one.query(
        'CREATE RULE keep AS ON DELETE TO t DO INSTEAD NOTHING; CREATE RULE same AS ON UPDATE TO t DO INSTEAD NOTHING',
      )
      expect((await discards()).map((text) => text.slice(-1))).toEqual(['0', '0'])
      await one.query('DROP RULE keep ON t')
      expect(await discards()).toEqual([`t UPDATE: rule same does nothing instead ${counted} 2`])
    })
  })

  it('how many characters a column for passwords takes, and what hashes them', async () => {
    const table = 'password_columns_users'
    await one.query(
      `CREATE TABLE ${table} (name varchar(20), password_hash varchar(64), password text, CHECK (name <> ''))`,
    )
    const home = mkdtempSync(join(tmpdir(), 'panel'))
    writeFileSync(join(home, 'auth.py'), 'from werkzeug.security import check_password_hash\n')
    const columns = (folder: string) =>
      rows('db', 'password_columns', 'postgresql/password-columns.sh', [port, 'postgres', '', folder])
    const none = mkdtempSync(join(tmpdir(), 'empty'))
    try {
      const found = { table, column: 'password_hash', most: 64n }
      expect((await columns(home)).rows).toEqual([{ ...found, maker: join(home, 'auth.py') }])
      expect((await columns(none)).rows).toEqual([{ ...found, maker: '-' }])
    } finally {
      await one.query(`DROP TABLE ${table}`)
      for (const folder of [home, none]) rmSync(folder, { recursive: true })
    }
  })

  it('what keeps dead rows, and what is set', async () => {
    const { rows: dead } = await rows('performance', 'pg_dead', 'postgresql/dead-rows.sh', [port, 'postgres'])
    expect(dead.every(({ kind }) => ['reads', 'holder', 'off'].includes(String(kind)))).toBe(true)
    const { rows: look } = await rows('db', 'pg_look', 'postgresql/settings-and-slots.sh', [port, 'postgres'])
    expect(look.map(({ name }) => name)).toContain('work_mem')
    expect(
      (await rows('performance', 'pg_indexes', 'postgresql/indexes.sh', [port, 'postgres'])).rows,
    ).toEqual([])
    expect((await rows('db', 'pg_partitions', 'postgresql/partitions.sh', [port, 'postgres'])).rows).toEqual(
      [],
    )
  })
})
