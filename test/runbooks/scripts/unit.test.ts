import { describe, expect, it } from 'vitest'
import { KEPT_BYTES } from '../../../src/ssh/outcome.ts'
import { evidenceOf } from '../scripts.ts'
import { ask, expectLine, type Line, type World } from './ask.ts'

/** Of who-stopped-it.sh: what systemctl, the journal, dpkg's log and the files of the host say. It stopped at 19:05:00, 500 s after the start. */
interface Stop {
  readonly relations?: string
  readonly related?: string
  readonly journal?: string
  readonly packages?: string
  readonly began?: string
  readonly files?: Readonly<Record<string, string>>
}

const stop = ({
  relations = '',
  related = '',
  journal = '',
  packages = '',
  began = '',
  files = {},
}: Stop): World => ({
  tree: { 'var/log/dpkg.log': packages, 'var/lib/dpkg/info/none': '', ...files },
  programs: {
    journalctl: `cat <<SAID\n${journal}\nSAID`,
    systemctl: `case $* in
  *'-p Id --value'*) echo debvisor.service ;;
  *'-p ActiveExitTimestamp --value'*) echo 'Wed 2026-11-25 19:05:00 UTC' ;;
  *'-p StopPropagatedFrom'*) printf '%s\\n' '${relations}' ;;
  *'-p ActiveExitTimestampMonotonic -p InactiveEnterTimestampMonotonic') printf '%s\\n' ActiveExitTimestampMonotonic=500000000 InactiveEnterTimestampMonotonic=501000000 ;;
  *'-p FragmentPath --'*) printf '%s\\n' '${related}' ;;
  *'-p TriggeredBy'*) printf '%s\\n' '${began}' ;;
esac`,
  },
})

const stops: readonly (readonly [what: string, stop: Stop, says: string])[] = [
  ['nobody that can be told', {}, ''],
  [
    'a unit in Conflicts= that started then',
    {
      relations: 'Conflicts=shutdown.target notice.service',
      related:
        'Id=notice.service\nActiveState=active\nInactiveExitTimestampMonotonic=499500000\nFragmentPath=/etc/systemd/system/notice.service',
    },
    'conflict\tnotice.service\t/etc/systemd/system/notice.service\n',
  ],
  [
    'no unit in Conflicts= that started long before',
    {
      relations: 'Conflicts=notice.service',
      related:
        'Id=notice.service\nActiveState=active\nInactiveExitTimestampMonotonic=9500000\nFragmentPath=/x',
    },
    '',
  ],
  [
    'a unit that it hangs on, which stopped then',
    {
      relations: 'BindsTo=vpn.service',
      related:
        'Id=vpn.service\nActiveState=inactive\nActiveExitTimestampMonotonic=500500000\nFragmentPath=/lib/vpn.service',
    },
    'with\tvpn.service\tBindsTo=, /lib/vpn.service\n',
  ],
  [
    'a command that sudo logged',
    {
      journal:
        '1795633499.2 host1 sudo[77]:    alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/systemctl stop debvisor',
    },
    'command\talice: /usr/bin/systemctl stop debvisor\tsudo logged it 1 s before\n',
  ],
  [
    'no command about another unit',
    {
      journal:
        '1795633499.2 host1 sudo[77]: alice : USER=root ; COMMAND=/usr/bin/systemctl stop debvisor-worker',
    },
    '',
  ],
  [
    'a command in the script of a cron job',
    {
      journal: '1795633499.0 host1 CRON[9]: (root) CMD (/bin/sh $root/opt/sweep.sh)',
      files: { 'opt/sweep.sh': '#!/bin/sh\n# systemctl stop debvisor\nsystemctl --quiet stop debvisor\n' },
    },
    'command\tcron: /bin/sh /opt/sweep.sh\tas root, /opt/sweep.sh: systemctl --quiet stop debvisor\n',
  ],
  [
    'a unit that began then and has the order in it',
    {
      journal: '1795633499.5 host1 systemd[1]: Starting nightly.service - Nightly...',
      began:
        'Id=nightly.service\nExecStart={ path=/bin/sh ; argv[]=/bin/sh -c systemctl stop debvisor ; ignore_errors=no }\nTriggeredBy=nightly.timer',
    },
    'unit\tnightly.service\tstarted by nightly.timer, systemctl stop debvisor\n',
  ],
  [
    'a script of a package that dpkg worked on',
    {
      packages: '2026-11-25 19:04:55 upgrade agent:amd64 1.0 1.1\n',
      files: { 'var/lib/dpkg/info/agent.prerm': '#!/bin/sh\n  service debvisor stop || true\n' },
    },
    'package\tpackage agent\tdpkg worked on it then (1.0 to 1.1), /var/lib/dpkg/info/agent.prerm: service debvisor stop || true\n',
  ],
]

describe('who stopped DebVisor is', () => {
  it.concurrent.each(stops)('%s', async (_, given, says) => {
    const { status, stdout, stderr } = await ask('unit/who-stopped-it.sh', ['debvisor'], stop(given))
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const { rows } = evidenceOf('service', 'stopped_by', stdout)
    expect(rows.map(({ kind, name, about }) => `${kind}\t${name}\t${about}\n`).join('')).toBe(says)
  })

  it('told without the other lines of a script that runs then', async () => {
    const { stdout } = await ask(
      'unit/who-stopped-it.sh',
      ['debvisor'],
      stop({
        journal: '1795633499.0 host1 CRON[9]: (root) CMD ($root/opt/sweep.sh)',
        files: { 'opt/sweep.sh': 'PASSWORD=of-the-service\nsystemctl stop debvisor\n' },
      }),
    )
    expect(stdout).toContain('/opt/sweep.sh\tsystemctl stop debvisor\n')
    expect(stdout).not.toContain('of-the-service')
  })

  it('not said to be nobody where systemctl does not answer', async () => {
    const said = await ask('unit/who-stopped-it.sh', ['debvisor'], { programs: { systemctl: 'exit 1' } })
    expect(said).toMatchObject({ status: 1, stdout: '' })
  })

  it('asked of units whose names systemctl quotes', async () => {
    const world = stop({ relations: String.raw`BindsTo="my\\x2dvpn.service" db.service` })
    const related = "*'-p FragmentPath --'*) shift 13; printf 'asked %s\\n' \"$*\" ;;"
    const systemctl = String(world.programs?.systemctl).replace(/\*'-p FragmentPath --'\*\).*/, related)
    const { stdout } = await ask('unit/who-stopped-it.sh', ['debvisor'], {
      ...world,
      programs: { ...world.programs, systemctl },
    })
    expect(stdout).toContain('asked db.service my\\x2dvpn.service\n')
  })

  it('asked to the end on a host on which much happens at that moment', async () => {
    const lines = (line: (n: number) => string) => Array.from({ length: 600 }, (_, n) => line(n)).join('\n')
    const long = 'x'.repeat(300)
    const { stdout } = await ask(
      'unit/who-stopped-it.sh',
      ['debvisor'],
      stop({
        relations: `Requires=${lines((n) => `unit${n}.service`).replaceAll('\n', ' ')}`,
        related: lines((n) => `Id=unit${n}.service\nFragmentPath=/lib/${long}\n`),
        journal: lines((n) => `1795633499.1 host1 sudo[7]: alice : COMMAND=systemctl stop ${n} ${long}`),
        packages: lines((n) => `2026-11-25 19:04:55 upgrade package${n} 1.0 ${long}`),
        files: { 'var/lib/dpkg/info/package599.prerm': lines(() => `systemctl stop debvisor ${long}`) },
      }),
    )
    expect(stdout.endsWith('\n=== end\n')).toBe(true)
    expect(stdout.length).toBeLessThan(KEPT_BYTES)
  })
})

const catOf = (text: string) => `case $1 in cat) cat <<'SAID'\n${text}\nSAID\n;; esac`

const lines: readonly Line[] = [
  [
    'which sockets hold a port',
    'unit/socket-units.sh',
    [],
    {
      programs: {
        systemctl: `cat <<'SAID'
Id=web.socket
Listen=0.0.0.0:8080 (Stream)
Listen=/run/web.sock (Stream)
ActiveState=active
Triggers=web.service
FragmentPath=/etc/systemd/system/web.socket

Id=off.socket
Listen=8081 (Stream)
ActiveState=inactive
SAID`,
      },
    },
    'web.socket\t0.0.0.0:8080\tweb.service\t/etc/systemd/system/web.socket\n=== end\n',
  ],
  [
    'limits and sandbox with the place that counts',
    'unit/limits-and-sandbox.sh',
    ['debvisor'],
    {
      programs: {
        systemctl: catOf(`# /lib/systemd/system/debvisor.service
[Service]
Environment=SECRET=x
ReadOnlyPaths=/a
MemoryMax=1G

# /etc/systemd/system/debvisor.service.d/more.conf
[Service]
ReadOnlyPaths=/b \\
  /c
MemoryMax=12M
UnsetEnvironment=LANG "DB_PASSWORD=s3 cret" TOKEN=x
ProtectHome=yes
ProtectHome=`),
      },
    },
    `ReadOnlyPaths	/a /b /c	/etc/systemd/system/debvisor.service.d/more.conf:3
MemoryMax	12M	/etc/systemd/system/debvisor.service.d/more.conf:4
UnsetEnvironment	LANG DB_PASSWORD TOKEN	/etc/systemd/system/debvisor.service.d/more.conf:5
=== end
`,
  ],
  [
    'what it is to be set up with, and which ports the kernel keeps for root',
    'unit/limits-and-sandbox.sh',
    ['debvisor'],
    {
      programs: {
        'systemd-analyze': 'true',
        systemctl: catOf(`# /lib/d.service
[Service]
StandardOutput=journal
StandardInputData=aHVzaA==
StateDirectory=a
StateDirectory=b
SetCredential=key:hush
LoadCredential=key:/etc/key
StandardOutput=append:/srv/logs/console.log`),
      },
      tree: {
        'proc/sys/net/ipv4/ip_unprivileged_port_start': '20000\n',
        'etc/sysctl.conf': '#net.ipv4.ip_unprivileged_port_start=20000\n',
        'etc/sysctl.d/70-a.conf': '# below\nnet.ipv4.ip_unprivileged_port_start = 20000\n',
        'usr/lib/sysctl.d/80-b.conf': 'net.ipv4.ip_unprivileged_port_start = 1024\n',
      },
    },
    `StandardOutput	append:/srv/logs/console.log	/lib/d.service:8
StateDirectory	a b	/lib/d.service:5
LoadCredential	key:/etc/key	/lib/d.service:7
net.ipv4.ip_unprivileged_port_start	20000	/etc/sysctl.d/70-a.conf:2
=== end
`,
  ],
  [
    'limits that the manager gives each unit, where the unit sets none itself',
    'unit/limits-and-sandbox.sh',
    ['debvisor'],
    {
      programs: {
        systemctl: catOf('# /lib/systemd/system/debvisor.service\n[Service]\nLimitNOFILE=512'),
        'systemd-analyze': `[ "$*" = 'cat-config --no-pager systemd/system.conf' ] && cat <<CONFIG
# /etc/systemd/system.conf
[Manager]
#DefaultTasksMax=15%
DefaultTasksMax=400

# /etc/systemd/system.conf.d/60-limits.conf
[Manager]
DefaultTimeoutStopSec=30s
DefaultTasksMax=5
DefaultLimitNOFILE=64
CONFIG`,
      },
    },
    `TasksMax	5	/etc/systemd/system.conf.d/60-limits.conf:3
LimitNOFILE	512	/lib/systemd/system/debvisor.service:2
=== end
`,
  ],
  [
    'where its environment is set, and never a value',
    'unit/environment-order.sh',
    ['debvisor'],
    {
      programs: {
        'systemd-analyze': 'true',
        systemctl: `case $1 in cat) printf '%s\\n' '# /lib/d.service' '[Service]' 'Environment="DB_HOST=db7" MODE=a' "EnvironmentFile=-$root/one" "EnvironmentFile=-$root/none" ;; esac`,
      },
      tree: { one: 'export DB_HOST=db8\nMODE="a"\n' },
    },
    `set	0	DB_HOST	1	/lib/d.service:2
set	0	MODE	1	/lib/d.service:2
file	1	/one	0	/lib/d.service:3
set	1	DB_HOST	2	/one:1
set	1	MODE	1	/one:2
=== end
`,
  ],
  [
    'which names a line above them swallows, and never a value',
    'unit/environment-order.sh',
    ['debvisor'],
    {
      programs: {
        'systemd-analyze': 'true',
        systemctl: `case $1 in cat) printf '%s\\n' '# /lib/d.service' "EnvironmentFile=$root/one" ;; esac`,
      },
      tree: {
        one: '# it\'s \\\nKEY=hush\\\nPASS=hush\nB="a \\" b\nexport C=hush\n" \'c\nD=hush\nE=x\'\nF=a\\\\\nG=b\nCERT="---\nhushHUSHhush==\nHUSHHUSHHUSH2345==\n---"\n',
      },
    },
    `file	1	/one	0	/lib/d.service:1
set	1	KEY	1	/one:2
swallowed	1	KEY\\PASS	2	/one:3
set	1	B	1	/one:4
swallowed	1	B"C	4	/one:5
swallowed	1	B'D	4	/one:7
swallowed	1	B'E	4	/one:8
set	1	F	1	/one:9
set	1	G	1	/one:10
set	1	CERT	1	/one:11
=== end
`,
  ],
  [
    'what the manager sets for every unit, before the unit itself',
    'unit/environment-order.sh',
    ['debvisor'],
    {
      programs: {
        systemctl: `case $1 in cat) printf '%s\\n' '# /lib/d.service' 'Environment=A=b' 'Environment=' 'Environment=MODE=b' ;; esac`,
        'systemd-analyze': `printf '%s\\n' '# /etc/systemd/system.conf' '#DefaultEnvironment=' '# /etc/systemd/system.conf.d/9.conf' 'DefaultEnvironment="HTTPS_PROXY=http://hush" MODE=a'`,
      },
    },
    `set	0	HTTPS_PROXY	1	/etc/systemd/system.conf.d/9.conf:1
set	0	MODE	1	/etc/systemd/system.conf.d/9.conf:1
set	0	MODE	2	/lib/d.service:3
=== end
`,
  ],
  [
    'which settings systemd reads otherwise than they stand there, and never a value',
    'unit/environment-order.sh',
    ['debvisor'],
    {
      tree: { 'etc/none': '' },
      programs: {
        'systemd-analyze': 'true',
        systemctl: `case $1 in cat) cat <<'END'
# /lib/d.service
Environment=A=old%mhush
Environment=URL=postgresql://u:hu%msh@h/d "DOUBLED=100%%" 'SPACE=a b'
Environment=AT=postgresql://u:hu%40sh@h/d W=a\\wb QUOTED="a
Environment=CUT=a b C=d
# /etc/d.service.d/override.conf
Environment=A=new
END
;; esac`,
      },
    },
    `set	0	A	1	/lib/d.service:1
set	0	URL	1	/lib/d.service:2
set	0	DOUBLED	1	/lib/d.service:2
set	0	SPACE	1	/lib/d.service:2
set	0	AT	1	/lib/d.service:3
set	0	W	1	/lib/d.service:3
set	0	QUOTED	1	/lib/d.service:3
set	0	CUT	1	/lib/d.service:4
set	0	C	1	/lib/d.service:4
set	0	A	2	/etc/d.service.d/override.conf:1
specifier	0	URL	0	/lib/d.service:2
unknown	0	AT	0	/lib/d.service:3
escape	0	W	0	/lib/d.service:3
cut	0	CUT	0	/lib/d.service:4
=== end
`,
  ],
  [
    'which packages lack one that they need',
    'host/unmet-dependencies.pl',
    [],
    {
      tree: {
        'var/lib/dpkg/status': `Package: python3-engineio
Status: install ok installed
Depends: python3-simple-websocket (>= 0.10), python3-aiohttp | python3-tornado, python3:any, mail-transport-agent

Package: python3-simple-websocket
Status: deinstall ok config-files
Depends: python3-wsproto

Package: python3-tornado
Status: install ok installed

Package: python3
Status: install ok installed

Package: postfix
Status: install ok installed
Provides: default-mta, mail-transport-agent
`,
      },
    },
    'python3-engineio\tengineio\tpython3-simple-websocket\n=== end\n',
  ],
  [
    'who holds connections to its port, how many it has taken, and how many wait',
    'debvisor/connection-holders.pl',
    ['8443'],
    {
      programs: {
        ss: `cat <<'END'
LISTEN 5 2048 0.0.0.0:8443 0.0.0.0:* uid:33 ino:1 sk:1 cgroup:/system.slice/debvisor-panel.service <->
ESTAB 0 0 127.0.0.1:45014 127.0.0.1:8443 ino:2 sk:2 cgroup:/system.slice/tls-audit.service <->
ESTAB 0 0 127.0.0.1:45030 127.0.0.1:8443 ino:3 sk:3 cgroup:/system.slice/tls-audit.service <->
ESTAB 0 0 [::ffff:127.0.0.1]:8443 [::ffff:127.0.0.1]:45014 uid:33 ino:4 sk:4 cgroup:/system.slice/debvisor-panel.service <->
ESTAB 0 0 127.0.0.1:8443 127.0.0.1:45030 uid:33 ino:0 sk:5 cgroup:/system.slice/debvisor-panel.service <->
ESTAB 0 0 10.0.0.5:8443 10.0.0.9:50000 uid:33 ino:6 sk:6 cgroup:/system.slice/debvisor-panel.service <->
CLOSE-WAIT 1 0 127.0.0.1:8443 127.0.0.1:56738 uid:33 ino:7 sk:7 cgroup:/system.slice/debvisor-panel.service -->
FIN-WAIT-2 0 0 127.0.0.1:56738 127.0.0.1:8443 timer:(timewait,42sec,0) ino:0 sk:8
END`,
      },
    },
    'client\ttls-audit.service\t2\nclient\t10.0.0.9\t1\naccepted\t-\t2\nwaiting\t-\t5\n=== end\n',
  ],
  [
    'where its Python finds a module, in its order',
    'unit/module-places.sh',
    ['flask-socketio', 'debvisor-panel'],
    {
      tree: {
        'usr/bin/gunicorn': '#!$root/usr/bin/python3\nimport sys\n',
        'usr/bin/python3': '',
        'opt/panel/flask_socketio.py': '',
        'usr/lib/python3/dist-packages/flask_socketio/__init__.py': '',
        'usr/local/lib/python3.13/dist-packages/flask_socketio/data.json': '',
      },
      programs: {
        readlink: 'echo /usr/bin/python3.13',
        stat: 'echo 100',
        date: 'echo 140',
        systemctl: `printf '%s\\n' "ExecStart={ path=$root/usr/bin/gunicorn ; argv[]=$root/usr/bin/gunicorn -w 1 app:app ; }" "WorkingDirectory=$root/opt/panel" Environment=A=b User=www-data`,
      },
    },
    '/opt/panel/flask_socketio.py\t40\n/usr/lib/python3/dist-packages/flask_socketio\t40\n=== end\n',
  ],
  [
    'no place of a module where no Python runs it',
    'unit/module-places.sh',
    ['email', 'debvisor-panel'],
    {
      programs: {
        systemctl: `printf '%s\\n' "ExecStart={ path=/bin/true ; argv[]=/bin/true ; }"`,
        readlink: 'echo /usr/bin/dash',
      },
    },
    '=== end\n',
  ],
  [
    'a closed folder on the way to its program',
    'unit/way-to-files.sh',
    [
      '$root/log/error.log',
      '$root/etc/config.yaml',
      'debvisor',
      '$root/home',
      '$root/data',
      '$root/etc/config.yaml',
    ],
    {
      tree: { 'log/error.log': '', 'etc/config.yaml': '', 'home/run': '#!/none/python3 -u\n', 'data/x': '' },
      programs: {
        systemctl: `printf '%s\\n' User=root "ExecStart={ path=$root/home/run ; argv[]=$root/home/run ; ignore_errors=no }" "EnvironmentFiles=$root/home/.env (ignore_errors=no)"`,
      },
    },
    'interpreter\tmissing\t/none\t-\t/none\t/none/python3\nenvironment\tmissing\t/home/.env\t-\t/home/.env\t/home/.env\n=== end\n',
  ],
]

describe('around the unit it is told', () => {
  it.concurrent.each(lines)('%s (%s)', async (...line) => expectLine(line))
})
