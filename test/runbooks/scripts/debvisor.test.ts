import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { plainLines } from '../../../src/engine/parsers/json-log.ts'
import { evidenceOf } from '../scripts.ts'
import { ask, expectLine, type Line } from './ask.ts'

/** systemctl show, with `--value` or without, of some properties or all, from a table; what it has no answer for is empty. */
const systemctl = (properties: Readonly<Record<string, string>>): string => `value=no wanted=
for word do case $word in --value) value=yes ;; esac; done
while [ $# -gt 0 ]; do case $1 in -p) wanted="$wanted $2"; shift ;; esac; shift; done
for one in \${wanted:-${Object.keys(properties).join(' ')}}; do
  case $one in
${Object.entries(properties)
  .map(([name, text]) => `    ${name}) said='${text}' ;;`)
  .join('\n')}
    *) said= ;;
  esac
  if [ $value = yes ]; then printf '%s\\n' "$said"; else [ -z "$said" ] || printf '%s=%s\\n' "$one" "$said"; fi
done`

const mountpoint = "echo 'rw,noexec'"

const lines: readonly Line[] = [
  [
    'the state of the unit, with ages and what leads its interpreter astray',
    'debvisor/unit-state.pl',
    ['debvisor'],
    {
      tree: { 'proc/uptime': '321.5 9\n' },
      programs: {
        systemctl: systemctl({
          Id: 'debvisor.service',
          ActiveState: 'active',
          StateChangeTimestamp: 'Wed 2020-11-25 19:05:00 UTC',
          Environment: 'SECRET=x PYTHONPATH=/tmp/lib LANG=C',
        }),
      },
    },
    /^Id=debvisor\.service\nActiveState=active\nStateChangeTimestamp=Wed 2020-11-25 19:05:00 UTC\nTriedAgo=321\nChangedAgo=\d{8,}\nAstray=PYTHONPATH=\/tmp\/lib\nProtectHome=\nProtectSystem=\nPrivateTmp=\nInaccessiblePaths=\nReadOnlyPaths=\nExecStartPre=\nEnvironmentFiles=\nStateChangeTimestamp=\nLoadError=\nConsistsOf=\nBoundBy=\nRequiredBy=\nConflicts=\nConflictedBy=\n$/,
  ],
  [
    'its log and its journal',
    'debvisor/log.pl',
    ['$root/var/log/debvisor/error.log', 'debvisor'],
    {
      tree: { 'var/log/debvisor/error.log': '2026-11-25 19:05:00,001 ERROR collector: lost\n' },
      programs: {
        journalctl: `[ "$1" = -q ] || exit 0
echo '2026-11-25T19:05:01+0000 host1 systemd[1]: Started debvisor.service.'`,
      },
    },
    /^now=\d+ zone=\+0000 written=\d+\n2026-11-25 19:05:00,001 ERROR collector: lost\n2026-11-25T19:05:01\+0000 systemd\[1\]: Started debvisor\.service\.\n=== end\n$/,
  ],
  [
    'the files that its unit and gunicorn log to, and the journal of its namespace',
    'debvisor/log.pl',
    ['$root/var/log/debvisor/error.log', 'panel'],
    {
      tree: {
        'var/log/debvisor/panel-error.log':
          '[2026-11-25 19:05:00 +0000] [7] [CRITICAL] WORKER TIMEOUT (pid:9)\n',
        'var/log/debvisor/out.log': '2026-11-25 19:04:00,001 ERROR panel: lost\n',
      },
      programs: {
        systemctl: `echo "StandardError=append:$root/var/log/debvisor/out.log"
echo StandardOutput=journal
echo "ExecStart={ path=/venv/gunicorn ; argv[]=/venv/gunicorn --workers 4 --error-logfile $root/var/log/debvisor/panel-error.log app:app ; ignore_errors=no }"
echo LogNamespace=panel`,
        journalctl: '[ "$1" = -q ] || exit 0\necho "2026-11-25T19:05:01+0000 host1 panel[7]: $2"',
      },
    },
    /^now=\d+ zone=\+0000\n2026-11-25 19:04:00,001 ERROR panel: lost\n\[2026-11-25 19:05:00 \+0000\] \[7\] \[CRITICAL\] WORKER TIMEOUT \(pid:9\)\n2026-11-25T19:05:01\+0000 panel\[7\]: --namespace=panel\n=== end\n$/,
  ],
  [
    'that its settings are closed, where they come from the environment',
    'debvisor/database-settings.pl',
    ['/nowhere/config.yaml', '/nowhere/.env', 'web', 'own'],
    {
      tree: { 'etc/systemd/system/web.service': '[Service]\nEnvironmentFile=/nowhere/.env\n' },
      programs: {
        systemctl: 'echo FragmentPath=$root/etc/systemd/system/web.service',
      },
    },
    /^closed\t-\t\/nowhere\/\.env\n=== end\n$/,
  ],
  [
    'the folder of a socket that its unit names',
    'debvisor/database-settings.pl',
    ['/nowhere/config.yaml', '/nowhere/.env', 'web', 'own'],
    {
      tree: {
        'etc/web.service': '[Service]\nEnvironment=DATABASE_URL=postgresql://u:p@/d?host=/run/postgresql\n',
      },
      programs: {
        systemctl: 'echo FragmentPath=$root/etc/web.service',
      },
    },
    'password\tset\t/etc/web.service:2\nhost\t/run/postgresql\t/etc/web.service:2\nuser\tu\t/etc/web.service:2\nname\td\t/etc/web.service:2\n=== end\n',
  ],
  [
    'where it looks for its database, and of a password only where it stands',
    'debvisor/database-settings.pl',
    ['$root/config.yaml', '$root/.env'],
    {
      tree: {
        'config.yaml': `server:
  port: 8080
database:
  host: db.internal
  port: 5433
  user: app
  password: hunter2
`,
        '.env': 'DATABASE_URL=postgresql://web:s3cret@db2:6432/metrics\nDB_HOST="db3"\n',
      },
    },
    `listen_port	8080	/config.yaml:2
host	db.internal	/config.yaml:4
port	5433	/config.yaml:5
user	app	/config.yaml:6
password	set	/config.yaml:7
password	set	/.env:1
user	web	/.env:1
host	db2	/.env:1
port	6432	/.env:1
name	metrics	/.env:1
host	db3	/.env:2
=== end
`,
  ],
  [
    'what is set for its sessions, and no secret',
    'debvisor/database-settings.pl',
    ['$root/config.yaml', '$root/.env'],
    {
      tree: {
        'config.yaml': `database:
  host: localhost
  options: "-c lock_timeout=5s"
  url: jdbc:postgresql://db2/metrics?currentSchema=archive&password=s3cret
dsn: "host=db3 dbname=metrics options='-c work_mem=1MB'"
`,
        '.env': String.raw`export PGOPTIONS="-c search_path=archive,\ old --statement-timeout=1ms -c app.token=hunter2"
PGDATABASE=postgres
PGSSLMODE='verify-full'
PGPASSWORD=hunter3
DATABASE_URL=postgresql://app:s3cret@db/metrics?options=-c%20default_transaction_read_only%3Don&sslmode=require
`,
      },
    },
    `host	localhost	/config.yaml:2
session	lock_timeout=5s	/config.yaml:3
password	set	/config.yaml:4
session	search_path=archive	/config.yaml:4
host	db2	/config.yaml:4
name	metrics	/config.yaml:4
session	work_mem=1MB	/config.yaml:5
host	db3	/config.yaml:5
name	metrics	/config.yaml:5
session	search_path=archive, old	/.env:1
session	statement_timeout=1ms	/.env:1
libpq	PGDATABASE=postgres	/.env:2
name	postgres	/.env:2
libpq	PGSSLMODE=verify-full	/.env:3
password	set	/.env:4
password	set	/.env:5
session	default_transaction_read_only=on	/.env:5
libpq	sslmode=require	/.env:5
user	app	/.env:5
host	db	/.env:5
name	metrics	/.env:5
=== end
`,
  ],
  [
    'no part of a password that has an @, of a connection string of another kind, or of the options of another program',
    'debvisor/database-settings.pl',
    ['$root/config.yaml', '$root/.env'],
    {
      tree: {
        'config.yaml': `db:
  database: { name: metrics, password: hunter2 }
backup:
  options: "--password=hunter2 --api-key=hunter2 --work-mem=1MB"
`,
        '.env': `DATABASE_URL=postgres://app:p@ss/word@db1:5432/metrics?application_name=x@y
OTHER_URL=postgres://db2:5433/other?application_name=x@y
DSN=pgsql:host=db3;port=5434;user=web;password=hunter2;dbname=third
`,
      },
    },
    `session	work_mem=1MB	/config.yaml:4
password	set	/.env:1
user	app	/.env:1
host	db1	/.env:1
port	5432	/.env:1
name	metrics	/.env:1
host	db2	/.env:2
port	5433	/.env:2
name	other	/.env:2
password	set	/.env:3
host	db3	/.env:3
port	5434	/.env:3
user	web	/.env:3
name	third	/.env:3
=== end
`,
  ],
  [
    'no part of a password that does not fit a URL',
    'debvisor/database-settings.pl',
    ['$root/config.yaml', '$root/.env'],
    {
      tree: {
        'config.yaml': 'url: postgresql://app:12?3/4@db1/metrics\n',
        '.env': `A_URL="postgresql://app:12 34@db1/metrics"\nB_URL='postgresql://app:12?3/4@db1/metrics'\nC_URL=postgresql://db2/third\n`,
      },
    },
    'host\tdb2\t/.env:3\nname\tthird\t/.env:3\n=== end\n',
  ],
  [
    'an environment file of its unit by systemd’s rules',
    'debvisor/database-settings.pl',
    ['/nowhere/config.yaml', '$root/etc/default/web', 'web', 'own'],
    {
      tree: {
        'etc/default/web':
          '# none\nexport DB_HOST=db1\nDB_PORT=54\\\n32\nDATABASE_URL="postgresql://u:p\\"w@db2/d" \n',
      },
      programs: {
        systemctl: `case $1 in show) echo "EnvironmentFiles=$root/etc/default/web (ignore_errors=no)" ;; esac`,
      },
    },
    'port\t5432\t/etc/default/web:3\npassword\tset\t/etc/default/web:5\nuser\tu\t/etc/default/web:5\nhost\tdb2\t/etc/default/web:5\nname\td\t/etc/default/web:5\n=== end\n',
  ],
  [
    'an environment file of a megabyte',
    'debvisor/database-settings.pl',
    ['$root/config.yaml', '$root/.env'],
    { tree: { 'config.yaml': '', '.env': `A=${'x'.repeat(1_200_000)}\nDB_HOST=db1\n` } },
    'host\tdb1\t/.env:2\n=== end\n',
  ],
  [
    'how long its collectors pause',
    'debvisor/database-settings.pl',
    ['$root/config.yaml', '$root/.env'],
    {
      tree: {
        'config.yaml': `collector:
  interval_seconds: 0   # as fast as it can
  sources:
    - name: x
  poll:
    every: 250ms
retention:
  interval: 0
`,
        '.env': 'SAMPLE_INTERVAL_MS=50\nexport SCRAPE_INTERVAL="1.5"\nPOLL_TOKEN_DELAY=abc\n',
      },
    },
    `pace	0	/config.yaml:2 (collector.interval_seconds)
pace	250	/config.yaml:6 (collector.poll.every)
pace	50	/.env:1 (SAMPLE_INTERVAL_MS)
pace	1500	/.env:2 (SCRAPE_INTERVAL)
=== end
`,
  ],
  [
    'what its unit sets for its database, beside .env',
    'debvisor/database-settings.pl',
    ['$root/config.yaml', '$root/.env', 'debvisor'],
    {
      tree: {
        'config.yaml': 'port: 8080\n',
        '.env': 'DB_NAME=metrics\n',
        'etc/default/debvisor': 'PGOPTIONS=-crole=reporting\n',
        'etc/systemd/system/debvisor.service': `[Service]
EnvironmentFile=$root/.env
EnvironmentFile=-$root/etc/default/debvisor
Environment=TOKEN=hunter2 "PGOPTIONS=-c search_path=archive -c statement_timeout=5"
`,
        'etc/systemd/system/debvisor.service.d/9.conf':
          'Environment=PGDATABASE=postgres PGPASSWORD=hunter3\n',
      },
      programs: {
        systemctl: `echo FragmentPath=$root/etc/systemd/system/debvisor.service
echo DropInPaths=$root/etc/systemd/system/debvisor.service.d/9.conf`,
      },
    },
    `listen_port	8080	/config.yaml:1
name	metrics	/.env:1
session	role=reporting	/etc/default/debvisor:1
session	search_path=archive	/etc/systemd/system/debvisor.service:4
session	statement_timeout=5	/etc/systemd/system/debvisor.service:4
libpq	PGDATABASE=postgres	/etc/systemd/system/debvisor.service.d/9.conf:1
name	postgres	/etc/systemd/system/debvisor.service.d/9.conf:1
password	set	/etc/systemd/system/debvisor.service.d/9.conf:1
=== end
`,
  ],
  [
    'the folders on the way to a file that it was denied',
    'debvisor/denied-file.pl',
    ['$root/var/lib/debvisor/state/lock'],
    { tree: { 'var/lib/debvisor/other': '' } },
    /^found=\/var\/lib\/debvisor\nattributes=\??\n(\/?\S* \S+:\S+ \d+\n)*\/var\/lib \S+:\S+ 755\n\/var\/lib\/debvisor \S+:\S+ 755\n$/,
  ],
  [
    'a program that is there, with Windows line ends',
    'debvisor/program.sh',
    ['$root/opt/server'],
    { tree: { 'opt/server': '#!/usr/bin/nothing -u\r\n' }, programs: { findmnt: mountpoint } },
    /^program=\/opt\/server\nowner=[\w-]+\nmode=644\ninterpreter=\/usr\/bin\/nothing\ninterpreter_state=missing\nline_ends=CRLF\nmount=rw,noexec\nstate=there\n$/,
  ],
  [
    'the Python that env finds first',
    'debvisor/interpreter.sh',
    ['$root/srv/server', 'psycopg2', 'debvisor'],
    {
      tree: {
        'srv/server': '#!/usr/bin/env -S FROM=x python3 -u\n',
        'usr/lib/python3/dist-packages/psycopg2/__init__.py': '',
      },
      programs: { systemctl: 'echo "LANG=C \\"PATH=$root/programs:/none\\""', python3: 'exit 1' },
    },
    /^program=\/srv\/server\nfirst=#!\/usr\/bin\/env -S FROM=x python3 -u\ninterpreter=\/programs\/python3\nleads=\/programs\/python3\nchanged=\d+\nmodule=\/usr\/lib\/python3\/dist-packages\/psycopg2\n$/,
  ],
  [
    'the Python that the unit starts, without a module',
    'debvisor/interpreter.sh',
    ['$root/venv/python3', 'psycopg2', 'debvisor'],
    { tree: { 'venv/python3': '\x7fELF' } },
    /^program=\/venv\/python3\ninterpreter=\/venv\/python3\nleads=\/venv\/python3\nchanged=\d+\n$/,
  ],
  ['a program that is gone', 'debvisor/program.sh', ['/opt/gone'], {}, 'program=/opt/gone\nstate=missing\n'],
  [
    'who owns its folders, and what is missing',
    'debvisor/folder-owners.pl',
    [
      '$root/var/log/error.log',
      '$root/opt',
      '$root/gone',
      '$root/etc/config.yaml',
      '$root/gone/folder/.env',
      'daemon',
    ],
    { tree: { 'var/log/error.log': '', 'opt/run': '', 'etc/config.yaml': '' } },
    /^home\t([\w-]+)\t([\w-]+)\t755\t\/opt\ndata\t-\t-\tmissing\t\/gone\nlogs\t\1\t\2\t755\t\/var\/log\nconfig\t\1\t\2\t644\t\/etc\/config\.yaml\nenv\t-\t-\tmissing\t\/gone\/folder\/\.env\ninside\t\1\t\2\t755\t\/opt\ninside\t\1\t\2\t644\t\/opt\/run\n=== end\n$/,
  ],
  [
    'the units that it requires',
    'debvisor/required-units.pl',
    ['debvisor'],
    {
      programs: {
        systemctl: `case $* in
  *--all*) printf '%s\\n' 'Requires=system.slice -.mount db.service' 'BindsTo=db.service data.mount' Requisite= ;;
  *) echo "asked: $*" ;;
esac`,
      },
    },
    'asked: show --no-pager -p Id -p LoadState -p ActiveState -p SubState -p Result -- basic.target data.mount db.service\n',
  ],
  [
    'the units that it requires, by the names that systemctl quotes',
    'debvisor/required-units.pl',
    ['debvisor'],
    {
      programs: {
        systemctl: String.raw`case $* in
  *--all*) printf '%s\n' 'Requires="srv-my\\x2ddata.mount" db.service' ;;
  *) shift 13; printf 'asked: %s\n' "$*" ;;
esac`,
      },
    },
    'asked: basic.target db.service srv-my\\x2ddata.mount\n',
  ],
  [
    'the other units of the platform, each of its own',
    'debvisor/other-units.pl',
    ['debvisor-rpcd debvisor-web*@a'],
    {
      tree: { 'proc/uptime': '500.12 900.00\n' },
      programs: {
        systemctl: `while [ "$1" != -- ]; do shift; done; shift; for name; do printf 'Id=%s\nActiveState=active\nStateChangeTimestampMonotonic=%s\n\n' "$name" 488000123; done`,
      },
    },
    'Id=debvisor-rpcd.service\nActiveState=active\nStateChangeTimestampMonotonic=488000123\nHalted=0\nAge=12\n\nId=debvisor-web*@a.service\nActiveState=active\nStateChangeTimestampMonotonic=488000123\nHalted=0\nAge=12\n\n',
  ],
  [
    'what one of them that is down requires and has not',
    'debvisor/other-units.pl',
    ['debvisor-rpcd'],
    {
      tree: { 'proc/uptime': '500.12 900.00\n' },
      programs: {
        systemctl: `while [ "$1" != -- ]; do shift; done; shift; for name; do case $name in
debvisor-rpcd.service) printf 'Id=debvisor-rpcd.service\nActiveState=inactive\nRequires=data.mount sysinit.target\nRequisite=\nBindsTo=none.service\n\n' ;;
data.mount) printf 'Id=data.mount\nLoadState=loaded\nActiveState=failed\n\n' ;;
none.service) printf 'Id=none.service\nLoadState=not-found\nActiveState=inactive\n\n' ;;
*) printf 'Id=%s\nLoadState=loaded\nActiveState=active\n\n' "$name" ;;
esac; done`,
      },
    },
    'Id=debvisor-rpcd.service\nActiveState=inactive\nHalted=0\nAge=500\nLacks=data.mount is failed, none.service is not-found\n\n',
  ],
  ...[
    ['a signal has stopped', '0', 'T T', 2],
    ['stand still, where one of several does', '0', 'S T', 0],
    ['a debugger has stopped', '0', 't', 0],
    ['stand still with their group', '1', 'S S', 2],
    ['run', '0', 'S R', 0],
    ['end while it looks', '0', '', 0],
  ].map(
    ([what, frozen, states, halted]): Line => [
      `how many processes of another unit ${what}`,
      'debvisor/other-units.pl',
      ['debvisor-rpcd'],
      {
        tree: {
          'proc/uptime': '500.12 900.00\n',
          'sys/fs/cgroup/system.slice/debvisor-rpcd.service/cgroup.procs': '11\n12\n',
          'sys/fs/cgroup/system.slice/debvisor-rpcd.service/cgroup.events': `populated 1\nfrozen ${frozen}\n`,
          ...Object.fromEntries(
            String(states)
              .split(' ')
              .filter((state) => state !== '')
              .map((state, i) => [`proc/${11 + i}/stat`, `${11 + i} (rpc) T d) ${state} 1 11 11 0\n`]),
          ),
        },
        programs: {
          systemctl: `printf 'Id=debvisor-rpcd.service\nControlGroup=/system.slice/debvisor-rpcd.service\nActiveState=active\nStateChangeTimestampMonotonic=488000123\n\n'`,
        },
      },
      `Id=debvisor-rpcd.service\nControlGroup=/system.slice/debvisor-rpcd.service\nActiveState=active\nStateChangeTimestampMonotonic=488000123\nHalted=${halted}\nAge=12\n\n`,
    ],
  ),
  [
    'who calls a unit, and its limits',
    'debvisor/service-clients.pl',
    ['debvisor-rpcd.service', '7443'],
    {
      tree: {
        'etc/debvisor/rpc/config.json':
          '{\n  "port": 7443,\n  "calls_per_minute": 120,\n  "token": "a1b2",\n  "rate_key": "abc"\n}\n',
      },
      programs: {
        ss: String.raw`printf '%s\n' \
  'ESTAB 0 0 127.0.0.1:40112 127.0.0.1:7443 uid:33 ino:1 sk:1 cgroup:/system.slice/report.service <->' \
  'ESTAB 0 0 127.0.0.1:40113 127.0.0.1:7443 uid:33 ino:1 sk:1 cgroup:/system.slice/report.service <->' \
  'ESTAB 0 0 127.0.0.1:40114 127.0.0.1:7443 uid:33 ino:1 sk:1 cgroup:/system.slice/debvisor-panel.service <->'`,
        systemctl: 'echo "Environment=RPC_CONFIG_FILE=$root/etc/debvisor/rpc/config.json"',
      },
    },
    /^client\tdebvisor-panel\.service\t25\t-\nclient\treport\.service\t25\t-\nlimit\tcalls_per_minute\t120\t\S*\/etc\/debvisor\/rpc\/config\.json:3\n=== end\n$/,
  ],
  [
    'what another unit said last: lines in JSON whole, others not longer than they have to be',
    'debvisor/service-log.sh',
    ['debvisor-rpcd'],
    {
      programs: {
        journalctl: String.raw`case $* in
  '-n 0') ;;
  '-q -u debvisor-rpcd '*) printf '2026-11-24T04:16:00+0100 host1 rpcd[9]: {"level": "ERROR", "message": "no", "exception": "%0600d"}\n2026-11-24T04:16:00+0100 host1 rpcd[9]: %0600d\n' 1 2 ;;
esac`,
        date: 'echo now=1',
      },
    },
    /^now=1\n2026-11-24T04:16:00\+0100 rpcd\[9\]: \{"level": "ERROR", "message": "no", "exception": "0{599}1"\}\n.{400}\n=== end\n$/,
  ],
]

const deaths: readonly (readonly [what: string, unit: string, journal: string, says: readonly string[]])[] = [
  [
    'what began right before its deaths',
    'debvisor.service',
    `100.0 host1 systemd[1]: Started job-cleanup.service - Cleans.
101.5 host1 systemd[1]: debvisor.service: Main process exited, code=killed, status=9/KILL
102.0 host1 systemd[1]: Started debvisor.service - DebVisor.
150.0 host1 systemd[1]: Started other.service - Other.
200.0 host1 cron[9]: (root) CMD (/usr/local/bin/sweep)
200.5 host1 systemd[1]: job-cleanup.service: Deactivated successfully.
201.0 host1 systemd[1]: debvisor.service: Main process exited, code=killed, status=9/KILL`,
    ['2 of 2: job-cleanup.service', '1 of 2: cron: /usr/local/bin/sweep'],
  ],
  [
    'what began right before its deaths, by the escaped name of its unit',
    String.raw`debvisor\x2dapi.service`,
    String.raw`100.0 host1 systemd[1]: Started job-cleanup.service - Cleans.
101.5 host1 systemd[1]: debvisor\x2dapi.service: Main process exited, code=killed, status=9/KILL
102.0 host1 systemd[1]: Started debvisor\x2dapi.service - DebVisor.`,
    ['1 of 1: job-cleanup.service'],
  ],
]

describe('of DebVisor it is told', () => {
  it.concurrent.each(deaths)('%s', async (_, unit, journal, says) => {
    const programs = { systemctl: systemctl({ Id: unit }), journalctl: `cat <<'SAID'\n${journal}\nSAID` }
    const { status, stdout, stderr } = await ask('debvisor/beside-its-deaths.sh', [unit], { programs })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const { rows } = evidenceOf('service', 'near_deaths', stdout)
    expect(rows.map(({ times, deaths, name }) => `${times} of ${deaths}: ${name}`)).toEqual(says)
  })

  it.concurrent.each(lines)('%s (%s)', async (...line) => expectLine(line))

  it('nothing of settings that may not be read', async () => {
    const said = await ask('debvisor/database-settings.pl', ['/none/config.yaml', '/none/.env'])
    expect(said).toMatchObject({ status: 77, stdout: '' })
  })
})

it('whether a cache is a replica', async () => {
  const told = 'role:slave\r\nmaster_host:198.18.0.61\r\nmaster_port:6379\r\nmaster_link_status:down\r\n'
  const answers = [`$${told.length}\r\n${told}\r\n`, '-NOAUTH Authentication required.\r\n']
  const server = createServer((channel) => channel.once('data', () => channel.write(answers.shift() ?? '')))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const asked = async (port: number) =>
    (await ask('debvisor/cache-role.pl', ['127.0.0.1', String(port)])).stdout
  try {
    const { port } = server.address() as AddressInfo
    expect(await asked(port)).toBe('role=slave\nmaster=198.18.0.61:6379\nlink=down\nsaid=\n=== end\n')
    expect(await asked(port)).toBe('role=\nmaster=\nlink=\nsaid=-NOAUTH Authentication required.\n=== end\n')
    expect(await asked(1)).toBe('role=\nmaster=\nlink=\nsaid=\n=== end\n')
  } finally {
    server.close()
  }
})

it('what came once is not pushed out of the log by a long traceback that comes again and again', async () => {
  const frames = Array.from(
    { length: 60 },
    (_, i) => `  File "/usr/lib/python3/dist-packages/x.py", line ${i}, in call`,
  )
  const entry = (message: string, second: number): string =>
    `2026-11-25T19:05:${String(second).padStart(2, '0')}+0000 host1 app[7]: ${JSON.stringify({ level: 'ERROR', message, exception: ['Traceback (most recent call last):', ...frames, 'ValueError: no row'].join('\n') })}`
  const entries = [
    entry('RPC call failed', 1),
    ...Array.from({ length: 15 }, (_, i) => entry('no metrics collected', 10 + i)),
  ]
  const { stdout } = await ask('debvisor/log.pl', ['$root/none/error.log', 'app'], {
    tree: { 'none/other': '' },
    programs: {
      systemctl: 'true',
      journalctl: `[ "$1" = -q ] || exit 0\ncat <<'END'\n${entries.join('\n')}\nEND`,
    },
  })
  const lines = stdout.split('\n').filter((line) => line.includes('ERROR'))
  expect(lines).toHaveLength(16)
  expect(lines.map((line) => line.length > 2000)).toEqual([
    true,
    ...Array.from({ length: 14 }, () => false),
    true,
  ])
  for (const line of lines) expect(plainLines(line)?.at(-1)).toBe('ValueError: no row')
})
