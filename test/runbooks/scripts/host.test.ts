import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { ask, expectLine, type Line } from './ask.ts'

const netstat = (overflows: number) => `TcpExt: SyncookiesSent ListenOverflows\nTcpExt: 3 ${overflows}\n`
const snmp = (resent: number, sent: number) => `Tcp: OutSegs RetransSegs\nTcp: ${sent} ${resent}\n`
const stat = (pid: number, name: string, ticks: number) =>
  `${pid} (${name}) S 1 1 1 0 -1 4194560 0 0 0 0 ${ticks} 0 0 0 20 0 2 0 100 0 50 0\n`
const process = (pid: number, unit: string, args: string, ticks: number) => ({
  [`proc/${pid}/stat`]: stat(pid, 'any', ticks),
  [`proc/${pid}/cmdline`]: `${args.replaceAll(' ', '\0')}\0`,
  [`proc/${pid}/cgroup`]: `0::/system.slice/${unit}\n`,
})
/** As dpkg's log has it, in the time zone of the tests. */
const minutesAgo = (minutes: number): string =>
  new Date(Date.now() - minutes * 60_000).toISOString().slice(0, 19).replace('T', ' ')
const readable = 'exit 0'
const unreadable = 'echo "Hint: You are currently not seeing messages" >&2'

const lines: readonly Line[] = [
  [
    "what OpenSSL's settings ask of keys and protocols",
    'host/openssl-policy.sh',
    ['debvisor-panel debvisor-rpcd'],
    {
      tree: {
        'etc/ssl/openssl.cnf':
          '[system_default_sect]\n# MinProtocol = TLSv1\nMinProtocol = TLSv1.2\n  CipherString = DEFAULT:@SECLEVEL=3 # hard\nOptions = x\n',
        'etc/rpc.cnf': 'Groups=P-256\n',
      },
      programs: {
        systemctl: `case $2 in debvisor-rpcd) echo 'A=b "OPENSSL_CONF='$root'/etc/rpc.cnf"' ;; *) echo LANG=C ;; esac`,
      },
    },
    'MinProtocol\tTLSv1.2\t/etc/ssl/openssl.cnf:3\nCipherString\tDEFAULT:@SECLEVEL=3\t/etc/ssl/openssl.cnf:4\nGroups\tP-256\t/etc/rpc.cnf:1\n=== end\n',
  ],
  [
    'file systems with all their roles, once each',
    'host/file-systems.pl',
    ['/var/log/debvisor/error.log', '/var/lib/debvisor', '/opt/debvisor', '/var/lib/postgresql'],
    {
      tree: {
        'proc/self/mounts':
          '/dev/vda / ext4 rw 0 0\n/dev/vdb /var/lib/debvisor ext4 ro,relatime 0 0\ntmpfs /run tmpfs rw 0 0\n',
        'etc/postgresql/15/main/postgresql.conf': "data_directory = '/srv/pg data'\n",
      },
      programs: {
        df: `while [ "$1" != -- ]; do shift; done
shift
echo heading
for path do case $path in
  /var/lib/debvisor) echo '1000 900 100 90% 7% /var/lib/debvisor' ;;
  /run) echo '500 1 499 1% 1% /run' ;;
  /dev/shm) echo '0 0 0 - - /dev/shm' ;;
  *data) echo '4000 40 3960 1% 2% /srv/pg data' ;;
  *) echo '2000 500 1500 25% 12% /' ;;
esac; done`,
      },
    },
    `debvisor 1000 900 100 90 7 ro /var/lib/debvisor
debvisor,code,postgresql,system 2000 500 1500 25 12 rw /
postgresql 4000 40 3960 1 2 rw /srv/pg data
system 500 1 499 1 1 rw /run
=== end
`,
  ],
  [
    'how localhost resolves',
    'host/name-resolution.pl',
    [],
    {
      tree: {
        'etc/nsswitch.conf': 'passwd: files\nhosts:          files dns\n',
        'etc/resolv.conf': 'search x\nnameserver 10.0.0.1\nnameserver 10.0.0.2\n',
        'sys/class/net/lo/flags': '0x9\n',
      },
      programs: {
        getent: "printf '%s\\n' '127.0.0.1       STREAM localhost' '127.0.0.1       DGRAM' '::1 STREAM'",
        ip: "echo '1: lo    inet 127.0.0.1/8 scope host lo'",
      },
    },
    /^ms=\d+\nlocalhost=127\.0\.0\.1,::1\norder=files dns\nservers=10\.0\.0\.1,10\.0\.0\.2\nloopback=1\naddresses=127\.0\.0\.1\/8\n$/,
  ],
  [
    'what TCP lost between two looks, and ever',
    'host/tcp-counters.pl',
    [],
    {
      tree: { 'proc/net/netstat': netstat(7), 'proc/net/snmp': snmp(10, 1000) },
      later: { 'proc/net/netstat': netstat(9), 'proc/net/snmp': snmp(40, 1300) },
    },
    'overflows=2\noverflows_total=9\nresent=30\nresent_total=40\nsent=300\nsent_total=1300\n',
  ],
  [
    'what processes used between two looks',
    'host/busiest-processes.pl',
    [],
    {
      tree: {
        'proc/41/stat': stat(41, 'a (b) c', 100),
        'proc/41/cmdline': 'worker\0--all\0',
        'proc/41/cgroup': '0::/system.slice/debvisor.service\n',
        'proc/41/schedstat': '1 2 3\n',
        'proc/41/status': 'Name:\tworker\nCpus_allowed_list:\t0-3,6\n',
        'proc/9/stat': stat(9, 'kworker', 5).replace('4194560', '69238880'),
        'proc/9/cmdline': '',
      },
      later: { 'proc/41/stat': stat(41, 'a (b) c', 150) },
    },
    /^41\t[1-5]\d\.\d\t0\.0\t\d+\tS\t0\t2\t1\tdebvisor\.service\t[\w-]+\tuser\tworker --all \t0\.0\t\/system\.slice\/debvisor\.service\tworker\t1\t[1-5]\d\.\d\t1\t[1-5]\d\.\d\t0\t5\t0-3,6\t0\n9\t0\.0\t0\.0\t\d+\tS\t0\t2\t0\t-\t[\w-]+\tkernel\t\[kworker\]\t0\.0\t\/\t-\t0\t0\.0\t0\t0\.0\t0\t0\t-\t0\n=== end\n$/,
  ],
  [
    'the work that processes do together',
    'host/busiest-processes.pl',
    [],
    {
      tree: {
        ...process(51, 'report-1.service', '/usr/bin/python3 /opt/reports/export.py --all', 100),
        ...process(52, 'report-2.service', '/usr/bin/python3 /opt/reports/export.py --one', 100),
        ...process(53, 'report-2.service', '/usr/bin/python3 -c pass', 100),
        ...process(54, 'postgresql@15-main.service', 'postgres: 15/main: app db ::1(4000) SELECT', 100),
        ...process(55, 'postgresql@15-main.service', 'postgres: 15/main: app db [local] idle', 100),
        ...process(56, 'postgresql@15-main.service', 'postgres: 15/main: parallel worker for PID 54', 100),
        ...process(57, 'postgresql@15-main.service', 'postgres: 15/main: walwriter ', 100),
      },
      later: {
        'proc/51/stat': stat(51, 'python3', 120),
        'proc/52/stat': stat(52, 'python3', 110),
        'proc/53/stat': stat(53, 'python3', 104),
        'proc/54/stat': stat(54, 'postgres', 130),
        'proc/55/stat': stat(55, 'postgres', 110),
        'proc/56/stat': stat(56, 'postgres', 110),
        'proc/57/stat': stat(57, 'postgres', 105),
      },
    },
    new RegExp(
      [
        '54\t.*\tpostgres: app db\t3\t\\d+\\.\\d\t4\t\\d+\\.\\d\t0\t0\t-\t0',
        '51\t.*\tpython3 export\\.py\t2\t\\d+\\.\\d\t1\t\\d+\\.\\d\t0\t0\t-\t0',
        '57\t.*\tpostgres: 15/main: walwriter\t1\t\\d+\\.\\d\t4\t\\d+\\.\\d\t0',
      ].join('\n(?:.*\n)*'),
    ),
  ],
  [
    'children that nobody asks for, and threads',
    'host/busiest-processes.pl',
    [],
    {
      tree: {
        ...process(60, 'spawner.service', '/usr/bin/spawner', 5),
        ...Object.fromEntries(
          Array.from({ length: 60 }, (_, i) => [
            `proc/${100 + i}/stat`,
            stat(100 + i, 'job', 0).replace(' S 1 ', ' Z 60 '),
          ]),
        ),
        ...process(61, 'threads.service', '/usr/bin/threads', 5),
        'proc/61/stat': stat(61, 'threads', 5).replace(' 20 0 2 0 ', ' 20 0 700 0 '),
      },
      later: { 'proc/60/stat': stat(60, 'spawner', 6) },
    },
    /(?=[\s\S]*^60\t.*\t\/usr\/bin\/spawner \t.*\t60\t0\t-\t0$)(?=[\s\S]*^61\t.*\t0\t700\t0\tthreads\.service\t.*\t0\t0\t-\t0$)/m,
  ],
  [
    'connections within the host that lost segments',
    'host/loopback-resends.sh',
    [],
    {
      programs: {
        ss: `echo '0 0 127.0.0.1:8080 127.0.0.1:4000 cubic segs_out:100 retrans:0/9'
echo '0 0 10.0.0.1:8080 10.0.0.1:4001 segs_out:50 retrans:1/3'
echo '0 0 10.0.0.1:22 10.0.0.9:4001 segs_out:50 retrans:0/30'
echo '0 0 [::1]:5432 [::1]:4002 segs_out:8'`,
      },
    },
    '9 100 127.0.0.1:8080 127.0.0.1:4000\n3 50 10.0.0.1:8080 10.0.0.1:4001\n=== end\n',
  ],
  [
    'whose lines fill the journal',
    'host/journal-rate.sh',
    [],
    {
      programs: {
        journalctl: `[ "$1" = -q ] || exit 0
echo 'Wed 2026-11-25 19:06:00 UTC host1 noisy.service[97]: a'
echo 'Wed 2026-11-25 19:06:02 UTC host1 noisy.service[97]: b'
echo 'Wed 2026-11-25 19:06:09 UTC host1 kernel: c'`,
      },
    },
    '2\t3\t10\tnoisy.service\n1\t3\t10\tkernel\n=== end\n',
  ],
  [
    'how near the limits are',
    'host/kernel-limits.sh',
    [],
    {
      tree: {
        'proc/sys/fs/file-nr': '5000\t0\t10000\n',
        'proc/sys/kernel/pid_max': '4194304\n',
        'proc/sys/kernel/threads-max': '7000\n',
        'proc/sys/net/core/somaxconn': '4096\n',
        'proc/loadavg': '0.1 0.2 0.3 1/280 11206\n',
        'proc/sys/net/netfilter/nf_conntrack_count': '12\n',
        'proc/sys/net/netfilter/nf_conntrack_max': '65536\n',
        'proc/mdstat': `Personalities : [raid1] [raid6]
md0 : active raid1 sdb1[1](F) sda1[0]
      976630336 blocks super 1.2 [2/1] [U_]
      [=>...................]  recovery =  9.1% (89091840/976630336) finish=80.4min speed=183838K/sec
      bitmap: 3/8 pages [12KB], 65536KB chunk

md1 : active raid1 sdb2[1] sda2[0]
      976630336 blocks super 1.2 [2/2] [UU]
      [==>..................]  check = 12.6% (123/976) finish=1.0min speed=1K/sec

md2 : active raid5 sdc1[0] sdd1[1]
      1953260544 blocks level 5, 512k chunk, algorithm 2 [3/2] [UU_]

unused devices: <none>
`,
      },
    },
    'degraded=md0 [U_] sdb1[1](F) recovery =  9.1%\ndegraded=md2 [UU_]\nfiles=5000\nfilesPercent=49\npidMax=4194304\nthreadsMax=7000\nsomaxconn=4096\nthreads=280\nflows=12\nflowsMax=65536\n',
  ],
  [
    'how many local ports one peer takes',
    'host/local-ports.sh',
    [],
    {
      tree: { 'proc/sys/net/ipv4/ip_local_port_range': '32768\t60999\n' },
      programs: {
        ss: `echo 'LISTEN 0 128 127.0.0.1:40000 0.0.0.0:*'
for port in 33000 33001 33002; do echo "ESTAB 0 0 10.0.0.1:$port 10.0.0.2:5432"; done
echo 'ESTAB 0 0 10.0.0.1:443 10.0.0.3:50000'`,
      },
    },
    'size=28232\nrange=32768-60999\nused=3\npeer=10.0.0.2:5432\n',
  ],
  [
    'what was upgraded while the platform ran',
    'host/upgraded-while-running.pl',
    ['debvisor'],
    {
      tree: {
        'proc/uptime': '10000.00 8000.00\n',
        ...process(41, 'debvisor.service', '/usr/bin/python3 app.py', 5),
        ...process(42, 'debvisor.service', '/usr/bin/later', 5),
        'proc/42/stat': stat(42, 'later', 5).replace(' 100 0 50 0', ' 90000 0 50 0'),
        'proc/41/maps':
          '7f00-7f01 r-xp 00000000 fe:01 12 /usr/lib/libssl.so.3 (deleted)\n7f02-7f03 rw-s 0 0:5 1 /dev/zero (deleted)\n7f04-7f05 rw-p 0 0:5 1 /tmp/x (deleted)\n',
        ...process(43, 'cron.service', '/usr/sbin/cron', 5),
        'var/log/dpkg.log': [
          '2001-01-01 00:00:00 upgrade libold:amd64 1 2',
          `${minutesAgo(10)} upgrade libssl3:amd64 3.0.14 3.0.15`,
          `${minutesAgo(10)} status installed libssl3:amd64 3.0.15`,
          `${minutesAgo(9)} install nano:amd64 <none> 7.2`,
          '',
        ].join('\n'),
        'run/reboot-required': '',
        'run/reboot-required.pkgs': 'linux-image\nlinux-base\nlinux-image\n',
      },
    },
    /^process\tdebvisor\.service\t9999\t41\t\/usr\/bin\/python3\nmapped\tdebvisor\.service\t9999\t41\t\/usr\/lib\/libssl\.so\.3\nupgrade\tlibssl3\t6\d\d\t-\t3\.0\.14 -> 3\.0\.15\nreboot\t-\t\d+\t-\tlinux-image linux-base\n=== end\n$/,
  ],
  [
    'processes that wait within the kernel, as ps has them',
    'host/waiting-processes.pl',
    [],
    {
      tree: { 'proc/7/cgroup': '0::/system.slice/system-web.slice/web@1.service\n' },
      programs: {
        ps: `[ "$3" = pid=,stat=,user:32=,rss=,nlwp=,etimes=,cputimes=,wchan:32=,args= ] || exit 9
printf '%s\\n' '      7 Ds   www   10  1  99  3 io_schedule  /usr/bin/web  --all' '      8 S    www   10  1  99  3 -  sleep D'`,
      },
    },
    `      7 Ds        99 io_schedule                      ${'web@1.service'.padEnd(64)} /usr/bin/web  --all\n=== end\n`,
  ],
  [
    'timers and how their jobs ended',
    'host/timers.pl',
    [],
    {
      programs: {
        systemctl: `case $1 in
list-unit-files) printf '%s\\n' 'collect.timer enabled enabled' 'pg_dump@.timer disabled enabled' 'yearly.timer enabled enabled' ;;
show) case $2 in
  collect.service) [ "$3 $4 $5 $6" = 'yearly.service collect.timer yearly.timer *.timer' ] || exit 9
    printf '%s\\n' Id=collect.service LoadState=loaded ActiveState=failed Result=exit-code ExecMainStatus=3 \\
      "ExecMainExitTimestamp=$(date -d '-40 sec' '+%a %F %T UTC')" ConditionResult=yes \\
      'ExecStart={ path=/opt/x ; argv[]=/opt/x --all ; ignore_errors=no }' '' \\
      Id=yearly.service LoadState=not-found ActiveState=inactive ConditionResult=no ConditionTimestamp= ''
    show_timer() { printf '%s\\n' "Id=$1" LoadState=loaded ActiveState=active "SubState=$2" UnitFileState=enabled "Unit=$3" ConditionResult=yes \\
      "ConditionTimestamp=Tue 2026-11-24 02:01:49 UTC" "LastTriggerUSec=$4" "NextElapseUSecRealtime=$5" "NextElapseUSecMonotonic=$6" "$7" ''; }
    show_timer collect.timer elapsed collect.service "$(date -d '-100 sec' '+%a %F %T UTC')" '' infinity \\
      'TimersMonotonic={ OnUnitActiveUSec=1h 30min ; next_elapse=0 }'
    show_timer yearly.timer waiting yearly.service '' 'Fri 2027-01-01 00:00:00 UTC' 0 'TimersCalendar={ OnCalendar=*-01-01 00:00:00 ; next_elapse=Fri 2027-01-01 00:00:00 UTC }'
    show_timer once.timer elapsed once.service 'Sat 2001-01-06 02:00:00 UTC' '' infinity 'TimersCalendar={ OnCalendar=2001-01-06 02:00:00 ; next_elapse=(null) }'
    show_timer collect.timer elapsed collect.service '' '' infinity '' ;;
  once.service) printf '%s\\n' Id=once.service LoadState=loaded ActiveState=inactive Result=success ExecMainStatus=0 ExecMainExitTimestamp= \\
      ConditionResult=no 'ConditionTimestamp=Sat 2001-01-06 02:00:00 UTC' ;;
  *) exit 8 ;; esac ;;
esac`,
      },
    },
    /^collect\.timer\tactive\telapsed\tenabled\t1\t0\t1\d\d\t5400\t0\tcollect\.service\tloaded\tfailed\texit-code\t3\t\d+\t0\t\/opt\/x --all\nyearly\.timer\tactive\twaiting\tenabled\t1\t1\t-1\t0\t0\tyearly\.service\tnot-found\tinactive\t-\t0\t-1\t0\t-\nonce\.timer\tactive\telapsed\tenabled\t1\t0\t\d+\t0\t1\tonce\.service\tloaded\tinactive\tsuccess\t0\t-1\t1\t-\n=== end\n$/,
  ],
  [
    'which jobs remove rows, without their statements',
    'host/data-jobs.pl',
    [],
    {
      tree: {
        'etc/systemd/system/retention.timer': '[Timer]\nOnUnitActiveSec=3s\n',
        'usr/lib/systemd/system/retention.service':
          '[Service]\nExecStart=/usr/bin/psql -c "DELETE FROM old"\n',
        'etc/systemd/system/retention.service': `[Service]\n# DELETE FROM nothing\nExecStart=/usr/bin/psql -c "DELETE FROM metrics WHERE key = 'secret' AND taken_at < now() - interval \\'7 seconds\\'"\n`,
        'etc/systemd/system/tidy.timer': '[Timer]\nUnit=tidy-up.service\n',
        'etc/systemd/system/tidy-up.service': '[Service]\nExecStart=/bin/sh $root/usr/local/bin/tidy.sh\n',
        'usr/local/bin/tidy.sh':
          '#!/bin/sh\npsql <<END\nTRUNCATE TABLE public.events;\nDROP TABLE IF EXISTS "Parts";\nEND\n',
        'etc/systemd/system/other.service': '[Service]\nExecStart=/usr/bin/psql -c "DELETE FROM hosts"\n',
        'etc/systemd/system/import.service':
          '[Service]\nType=oneshot\nExecStart=/usr/bin/psql -c "TRUNCATE hosts CASCADE"\n',
        'usr/lib/systemd/system/setup.service':
          '[Service]\nType=oneshot\nExecStart=/usr/bin/psql -c "TRUNCATE hosts"\n',
        'etc/systemd/system/live.timer': '[Timer]\nOnUnitActiveSec=5s\n',
        'etc/systemd/system/live.service':
          '[Service]\nType=oneshot\nExecStart=/bin/sh $root/usr/local/sbin/live\n',
        'usr/local/sbin/live':
          '#!/bin/sh\n# apt-get update && set state = 1\npsql -c "UPDATE hosts h SET state = CASE WHEN seen_at > now() - interval \\$\\$15 s\\$\\$ THEN 1 END; update only public.jobs set done = true"\n',
        'etc/cron.d/weekly':
          '5 0 * * 0 postgres psql -c "delete from only jobs where done_at < now() - interval \'2 weeks\'"\n',
      },
    },
    `live.timer	UPDATE state	hosts	1	15	/usr/local/sbin/live:3
live.timer	UPDATE done	public.jobs	0	-1	/usr/local/sbin/live:3
retention.timer	DELETE	metrics	1	7	/etc/systemd/system/retention.service:3
tidy.timer	TRUNCATE	public.events	0	-1	/usr/local/bin/tidy.sh:3
tidy.timer	DROP	Parts	0	-1	/usr/local/bin/tidy.sh:4
import.service	TRUNCATE	hosts	0	-1	/etc/systemd/system/import.service:3
/etc/cron.d/weekly	DELETE	jobs	1	1209600	/etc/cron.d/weekly:1
=== end
`,
  ],
  [
    'who holds the locks that are waited for',
    'host/lock-holders.pl',
    [],
    {
      tree: {
        'proc/locks': `1: FLOCK  ADVISORY  WRITE 41 fe:00:2293811 0 EOF
1: -> FLOCK  ADVISORY  WRITE 99 fe:00:2293811 0 EOF
2: POSIX  ADVISORY  WRITE 55 fe:00:7 0 EOF
`,
        'proc/41/cgroup': '0::/system.slice/nightly-archive.service\n',
        'proc/41/comm': 'flock\n',
      },
    },
    '99\t41\tnightly-archive.service\tflock\t-\n=== end\n',
  ],
  [
    'when a library was replaced, and by whom',
    'host/library.sh',
    ['$root/opt/lib/libx.so.1'],
    { tree: { 'opt/lib/libx.so.1': 'x' }, programs: { dpkg: 'echo "libx1:amd64: $3"; exit 1' } },
    /^changed=\d+\npackage=libx1\n$/,
  ],
  [
    'that a library is not there, and of no package',
    'host/library.sh',
    ['/nowhere/libx.so.1'],
    { programs: { dpkg: 'exit 1' } },
    'changed=-1\npackage=-\n',
  ],
  [
    'the processor twice',
    'host/cpu-twice.sh',
    [],
    {
      tree: {
        'proc/uptime': '10.00 8.00\n',
        'proc/stat': 'cpu  1 2 3\nintr 9\nctxt 4\nprocesses 5\nprocs_running 1\n',
        'proc/vmstat': 'nr_free 1\npgmajfault 2\noom_kill 0\n',
      },
      programs: { sleep: '[ "$1" != 1 ] || echo "11.00 8.50" >$root/proc/uptime' },
    },
    ['10.00 8.00', '11.00 8.50']
      .map(
        (up) =>
          `=== uptime\n${up}\n=== stat\ncpu  1 2 3\nctxt 4\nprocesses 5\nprocs_running 1\n=== vmstat\npgmajfault 2\noom_kill 0\n`,
      )
      .join('=== sleep\n'),
  ],
  [
    'what the kernel complained of',
    'host/kernel-log.pl',
    [],
    {
      programs: {
        journalctl: `[ "$1" = -q ] || exit 0
echo '2026-11-25T19:06:00+0000 host1 kernel: Out of memory: Killed process 41 (python3)'
echo '2026-11-25T19:06:01+0000 host1 kernel: eth0: link up'`,
      },
    },
    /^now=\d+ zone=\+0000\n2026-11-25T19:06:00\+0000 host1 kernel: Out of memory: Killed process 41 \(python3\)\n=== end\n$/,
  ],
]

describe('of the host it is told', () => {
  it('each listener, however many there are', async () => {
    const programs = {
      ss: `i=0; while [ $i -lt 900 ]; do echo "tcp LISTEN 0 128 127.0.0.1:$((10000 + i)) 0.0.0.0:* ino:1 sk:2 cgroup:/system.slice/a.service <->"; i=$((i + 1)); done`,
    }
    const { stdout } = await ask('host/listeners.pl', [], { programs })
    expect(stdout.trimEnd().split('\n')).toHaveLength(900)
    expect(stdout).toContain(':10899 ')
  })

  it.concurrent.each(lines)('%s (%s)', async (...line) => expectLine(line))

  it.each([['host/kernel-log.pl'], ['host/journal-rate.sh']])(
    '%s is denied without the journal',
    async (script) => {
      expect(await ask(script, [], { programs: { journalctl: unreadable } })).toMatchObject({
        status: 77,
        stdout: '',
      })
      expect((await ask(script, [], { programs: { journalctl: readable } })).status).toBe(0)
    },
  )

  it('which connections of its own lose what is sent, by the end of the server', async () => {
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 4500\r\n\r\n'.padEnd(4540, 'x')
    const server = createServer((socket) => socket.on('data', () => socket.write(answer)))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const port = String((server.address() as AddressInfo).port)
    // Of every port that could be ours: a resend, bytes that were tried twice, or nothing of the kind.
    const said = (more: string) =>
      ask('host/loopback-bulk.pl', ['127.0.0.1', port, 'false', 'localhost', '127.0.0.1', '8443', '/'], {
        programs: {
          ss: `seq $(cat /proc/sys/net/ipv4/ip_local_port_range) | sed 's|.*|0 4500 127.0.0.1:${port} 127.0.0.1:& ${more}|'`,
        },
      })
    const ends = (count: string) =>
      new RegExp(`^(${count} 8 127\\.0\\.0\\.1:${port} 127\\.0\\.0\\.1:\\d+\n){2}=== end\n$`)
    const sent = 'bytes_sent:22728 bytes_acked:4728 segs_out:8 data_segs_out:7'
    expect((await said(`${sent} notsent:4500`)).stdout).toMatch(ends('6'))
    expect((await said('retrans:0/3 segs_out:8')).stdout).toMatch(ends('3'))
    expect((await said('bytes_sent:9228 bytes_acked:4728 segs_out:8 data_segs_out:7')).stdout).toBe(
      '=== end\n',
    )
    server.close()
  })

  it('but for one whose answer is larger than what it reads at once', async () => {
    const answer = `HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n${'x'.repeat(3_000_000)}`
    const server = createServer((socket) => socket.on('data', () => socket.write(answer)))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const port = String((server.address() as AddressInfo).port)
    const programs = {
      ss: `seq $(cat /proc/sys/net/ipv4/ip_local_port_range) | sed 's|.*|0 0 127.0.0.1:${port} 127.0.0.1:& retrans:0/6 segs_out:73|'`,
    }
    const args = ['127.0.0.1', port, 'false', 'localhost', '127.0.0.1', '8443', '/']
    expect((await ask('host/loopback-bulk.pl', args, { programs })).stdout).toBe('=== end\n')
    server.close()
  })

  it('loses no answer of ss', async () => {
    const programs = { ss: 'echo "Cannot open netlink socket" >&2; exit 1' }
    expect(await ask('host/loopback-resends.sh', [], { programs })).toMatchObject({ status: 1, stdout: '' })
  })
})
