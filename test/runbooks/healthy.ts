/**
 * What every probe of the shipped runbooks printed on a Debian 12 host (systemd 252, PostgreSQL 15, nginx 1.22) on which all was well,
 * seen with root's rights and shortened. Tests change single answers of it.
 */
export const healthy: Readonly<Record<string, string>> = {
  disk: `system 20511312 8204524 11239552 43 12 rw /
system 2468412 0 2468412 0 1 rw /tmp
debvisor 10218772 1021877 8654252 11 2 rw /var/lib/debvisor
postgresql 20511312 4102262 15341812 22 3 rw /var/lib/postgresql
`,
  fstab: '',
  memory: `MemTotal:        4018132 kB
MemFree:          310220 kB
MemAvailable:    2211340 kB
SwapTotal:        999420 kB
SwapFree:         412008 kB
Dirty:               220 kB
Shmem:             18020 kB
`,
  kernel: 'now=1795496537 zone=+0000\n',
  names:
    'ms=2\nlocalhost=::1,127.0.0.1\norder=files dns\nservers=10.0.0.2\nloopback=1\naddresses=127.0.0.1/8,::1/128\n',
  clock: 'NTP=yes\nNTPSynchronized=yes\n',
  visit: 'at=14:02 now=1795496537 zone=UTC\n',
  waiting: '=== end\n',
  failed_units: '',
  unit: `Type=simple
MainPID=725
Result=success
NRestarts=0
ExecMainCode=0
ExecMainStatus=0
ExecStart={ path=/usr/bin/python3 ; argv[]=/usr/bin/python3 /opt/debvisor/app.py ; ignore_errors=no ; pid=725 ; code=(null) ; status=0/0 }
ControlGroup=/system.slice/debvisor.service
CPUQuotaPerSecUSec=infinity
MemoryMax=infinity
TasksMax=4605
EnvironmentFiles=/opt/debvisor/.env (ignore_errors=no)
LimitNOFILE=524288
WorkingDirectory=/opt/debvisor
User=debvisor
Group=
Id=debvisor.service
LoadState=loaded
ActiveState=active
SubState=running
FragmentPath=/etc/systemd/system/debvisor.service
DropInPaths=
UnitFileState=enabled
StateChangeTimestamp=Tue 2026-11-24 02:01:49 UTC
InactiveExitTimestamp=Tue 2026-11-24 02:01:49 UTC
NeedDaemonReload=no
ConditionResult=yes
ConditionTimestamp=Tue 2026-11-24 02:01:49 UTC
LoadError=
TriedAgo=10829
ChangedAgo=10829
Astray=
ProtectHome=no
ProtectSystem=no
PrivateTmp=no
InaccessiblePaths=
ReadOnlyPaths=
ExecStartPre=
`,
  journal: 'Nov 24 02:01:49 host1 systemd[1]: Started debvisor.service - DebVisor platform.\n',
  said: `now=1795496538 zone=+0000 written=1795485100
2026-11-24T02:01:49+0000 systemd[1]: Started debvisor.service - DebVisor platform.
`,
  listeners: `tcp LISTEN 0      128      0.0.0.0:22   0.0.0.0:* users:(("sshd",pid=45,fd=3)) ino:117037 sk:3 cgroup:/system.slice/ssh.service <->
tcp LISTEN 0      511      0.0.0.0:80   0.0.0.0:* users:(("nginx",pid=717,fd=5)) ino:17521 sk:25 cgroup:/system.slice/nginx.service <->
tcp LISTEN 0      244    127.0.0.1:5432 0.0.0.0:* users:(("postgres",pid=692,fd=6)) uid:102 ino:17481 sk:26 cgroup:/system.slice/system-postgresql.slice/postgresql@15-main.service <->
tcp LISTEN 0      5      127.0.0.1:8080 0.0.0.0:* users:(("python3",pid=725,fd=4)) uid:103 ino:17486 sk:27 cgroup:/system.slice/debvisor.service <->
`,
  http: `/api/health	200	20	application/json {"db": 0}
/	200	10	text/html <html>DebVisor</html>
/api/status	404	0	application/json {"error":"not found"}
`,
  db_settings: `listen_port	8080	/etc/debvisor/config.yaml:1
host	localhost	/etc/debvisor/config.yaml:4
port	5432	/etc/debvisor/config.yaml:5
user	debvisor	/etc/debvisor/config.yaml:6
name	debvisor	/etc/debvisor/config.yaml:7
`,
  changes: '=== end\n',
  timers: `debvisor-rollup.timer	active	waiting	enabled	1	1	41	60	0	debvisor-rollup.service	loaded	inactive	success	0	40	0	/opt/debvisor/bin/rollup
fstrim.timer	inactive	dead	enabled	0	0	-1	0	0	fstrim.service	loaded	inactive	success	0	-1	0	/sbin/fstrim --listed-in /etc/fstab
logrotate.timer	active	waiting	enabled	1	1	18121	0	0	logrotate.service	loaded	inactive	success	0	18120	0	/usr/sbin/logrotate /etc/logrotate.conf
`,
  upgraded: `process	debvisor.service	10829	725	/usr/bin/python3
process	nginx.service	10829	717	nginx: master process /usr/sbin/nginx
process	postgresql@15-main.service	10829	692	/usr/lib/postgresql/15/bin/postgres
`,
  pg_status: `* postgresql.service - PostgreSQL RDBMS
     Active: active (exited) since Tue 2026-11-24 02:01:48 UTC; 3h ago
`,
  pg_units: `Result=success
ExecMainCode=1
ExecMainStatus=0
Id=postgresql.service
LoadState=loaded
ActiveState=active
SubState=exited
StateChangeTimestamp=Tue 2026-11-24 02:01:48 UTC

Result=success
ExecMainCode=0
ExecMainStatus=0
Id=postgresql@15-main.service
LoadState=loaded
ActiveState=active
SubState=running
StateChangeTimestamp=Tue 2026-11-24 02:01:48 UTC
`,
  pg_clusters:
    '15 main 5432 online postgres /var/lib/postgresql/15/main /var/log/postgresql/postgresql-15-main.log\n',
  pg_processes:
    '  692 Ss   postgres   /usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main -c config_file=/etc/postgresql/15/main/postgresql.conf\n',
  pg_backends: `  692  10829    12 postgres: 15/main: checkpointer
  701  10829     0 postgres: 15/main: logical replication launcher
  731  10828     4 postgres: 15/main: debvisor debvisor 127.0.0.1(43210) idle
`,
  pg_ready: 'localhost:5432 - accepting connections\n',
  pg_hello: 'connect=ok\naddress=::1 port 5432\nreply=login\nmethod=scram\n',
  pg_said: `now=1795496539 zone=+0000
2026-11-24 02:01:46.695 UTC [692] LOG:  database system is ready to accept connections
`,
  pg_files:
    '/etc/postgresql/15/main/postgresql.conf	/var/lib/postgresql/15/main	postgres	700	auto	localhost	5432	100\n',
  pg_connections: 'open=3\n',
  pg_activity: '801,debvisor,debvisor,api,127.0.0.1,idle,Client,-1,4,4,,commit\n',
  pg_numbers: 'slots=100\nreserved=3\nused=4\nrecovery=false\nreadOnly=off\nrejected=\nbadSettings=\n',
  config_check: 'configuration is valid\n',
  // Asked only where the platform has other units.
  empty_files: '',
  others_said: 'now=1795496538 zone=+0000\n=== end\n',
  // Asked only where something is wrong with DebVisor, or its log tells of errors.
  paths: '=== end\n',
  restarters: '=== end\n',
  unit_settings: '=== end\n',
  env_order: '=== end\n',
  ownership: `home	debvisor	debvisor	755	/opt/debvisor
data	debvisor	debvisor	755	/var/lib/debvisor
logs	debvisor	debvisor	755	/var/log/debvisor
config	root	root	644	/etc/debvisor/config.yaml
env	debvisor	debvisor	640	/opt/debvisor/.env
`,
  dependencies: 'Id=basic.target\nLoadState=loaded\nActiveState=active\nSubState=active\n',
  processes:
    '    725 Ss   debvisor    28488    1   10830 debvisor.service   /usr/bin/python3 /opt/debvisor/app.py\n',
  threads: '    725     725 poll_schedule_timeout.constprop.0        python3\n',
  limits: 'group=/system.slice/debvisor.service\nmemory_max=0\nmemory_oom_kill=0\npids_max=0\n',
  load: '0.20 0.18 0.12 1/280 11206\n',
  pressure: `/proc/pressure/cpu:some avg10=0.30 avg60=0.24 avg300=0.52 total=1925152241
/proc/pressure/io:some avg10=0.57 avg60=0.31 avg300=0.88 total=126563781
/proc/pressure/io:full avg10=0.00 avg60=0.00 avg300=0.33 total=69083500
/proc/pressure/memory:some avg10=0.00 avg60=0.00 avg300=0.00 total=3950288
/proc/pressure/memory:full avg10=0.00 avg60=0.00 avg300=0.00 total=3444430
`,
  cpu: `=== uptime
7690.95 9214.54
=== stat
cpu  411262 20385 162860 921454 10547 0 1794 1328 0 0
cpu0 203082 9261 80040 468913 2475 0 351 660 0 0
cpu1 208180 11124 82819 452540 8071 0 1442 668 0 0
ctxt 20508694
processes 414820
procs_running 1
procs_blocked 0
=== vmstat
pswpin 0
pswpout 88012
pgmajfault 22434
oom_kill 20
=== sleep
=== uptime
7691.96 9216.20
=== stat
cpu  411272 20385 162866 921634 10549 0 1794 1328 0 0
cpu0 203087 9261 80043 469003 2476 0 351 660 0 0
cpu1 208185 11124 82822 452630 8072 0 1442 668 0 0
ctxt 20509330
processes 414824
procs_running 1
procs_blocked 0
=== vmstat
pswpin 0
pswpout 88012
pgmajfault 22434
oom_kill 20
`,
  disks: `=== uptime
7690.78 9214.54
=== diskstats
 254       0 vda 525675 53148 19609946 1993324 488471 348573 207282208 833166 0 211068 2880718 232585 387 185397848 49882 71495 4345
=== sleep
=== uptime
7691.79 9214.54
=== diskstats
 254       0 vda 525680 53148 19609986 1993329 488480 348574 207282984 833176 0 211080 2880731 232589 387 185397880 49887 71542 4346
`,
  nics: `=== uptime
7690.95 9214.54
=== net/dev
  eth0: 2585602   22755    0    0    0     0          0         0  2585602   22755    0   28    0     0       0          0
=== sleep
=== uptime
7691.95 9214.54
=== net/dev
  eth0: 2585702   22757    0    0    0     0          0         0  2585702   22757    0   28    0     0       0          0
`,
  top: `725	0.4	0.0	28488	S	0	1	31	debvisor.service	debvisor	user	/usr/bin/python3 /opt/debvisor/app.py
692	0.1	0.0	30360	S	0	1	12	postgresql@15-main.service	postgres	user	/usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main
717	0.0	0.0	1516	S	0	1	1	nginx.service	root	user	nginx: master process /usr/sbin/nginx
`,
  groups: '',
  pg_rates: 'debvisor\t0\t12\t0\t0\n',
  front_limits: '',
  ports: 'size=28232\nrange=32768-60999\nused=4\npeer=127.0.0.1:5432\n',
  pg_look: 'setting,statement_timeout,0,0\n',
  loopback_tcp: '',
  journal_rate: '1211\t4000\t81220\tssh.service\n980\t4000\t81220\tdebvisor.service\n',
  own_sockets: 'sockets=14\nopen=0\n',
  network: 'overflows=0\noverflows_total=3\nresent=0\nresent_total=86\nsent=21\nsent_total=22688\n',
  kernel_limits:
    'files=1312\nfilesPercent=0\npidMax=4194304\nthreadsMax=30720\nsomaxconn=4096\nthreads=280\nflows=40\nflowsMax=262144\n',
  pg_tables: 'public.metrics\t0\t0\t12\t48122\t120000\n',
  nginx_unit: `MainPID=717
Result=success
ExecMainStatus=0
Id=nginx.service
LoadState=loaded
ActiveState=active
SubState=running
UnitFileState=enabled
StateChangeTimestamp=Tue 2026-11-24 02:01:49 UTC
`,
  nginx_config: `# configuration file /etc/nginx/nginx.conf:
user www-data;
events { worker_connections 768; }
http {
    include /etc/nginx/sites-enabled/*;
}

# configuration file /etc/nginx/sites-enabled/debvisor:
server {
    listen 80;
    server_name dash.example.com;
    location / { proxy_pass http://127.0.0.1:8080; proxy_set_header Host $host; }
    location /socket.io/ {
        proxy_pass http://127.0.0.1:8080;
        proxy_http_version 1.1;
        proxy_set_header Host $host;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade";
    }
}

# configuration file /etc/nginx/sites-enabled/default:
server {
    listen 80 default_server;
    server_name _;
    location / { try_files $uri $uri/ =404; }
}
`,
  front: 'connect=ok\nto=10.0.0.11 port 80\nfrom=the bot\n',
  large_post:
    'nginx	400	{"code":2,"message":"Bad handshake method"}\ndirect	400	{"code":2,"message":"Bad handshake method"}\n',
  sio_policy: '',
  requests: '',
  answers: `asked	/	200	200	text/html
asked	/api/v1/hosts	200	200	application/json
answer	/	1795496540	-	text/html
answer	/ script /socket.io/socket.io.js	1	-	script
answer	/api/v1/hosts	1795496540	-	application/json
answer	/api/v1/hosts (all)	1	-	always: list
answer	/api/v1/hosts []	8	-	always: object
answer	/api/v1/hosts [].name	8	-	always: text
end		0		answers
`,
  front_pace: `front	80	0	0	9	200	-
front	80	0	0	11	200	-
own	8080	0	0	6	200	-
own	8080	0	0	8	200	-
`,
  front_members: '',
  front_http: '/api/health\t200\t{"db": 0}\n/\t200\t<html>DebVisor</html>\n=== end\n',
  nginx_loaded: 'worker=10800.12\nchanged=86400.40\nfile=/etc/nginx/sites-enabled/debvisor\n',
  nginx_said: `now=1795496545 zone=+0000
2026/11/23 11:02:10 [error] 77#77: *1 connect() failed (111: Connection refused) while connecting to upstream
`,
  ws_direct: `ws	101	0{"sid":"f00","upgrades":[],"pingInterval":25000,"pingTimeout":20000}
poll	200	0{"sid":"f01","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000}
`,
  sio_log: 'now=1795496546 zone=+0000\n',
  sio_page: '/socket.io/socket.io.js\t200\n',
  sio_versions: 'client\tserved\t4.7.5\t/socket.io/socket.io.js\n',
  ws_nginx: `nginx	ws	-	101	0{"sid":"f02"}
nginx	ws	http://dash.example.com	101	0{"sid":"f03"}
nginx	poll	-	200	0{"sid":"f04"}
nginx	poll2	-	200	2
direct	ws	-	101	0{"sid":"f05"}
direct	ws	http://dash.example.com	101	0{"sid":"f06"}
`,
}
