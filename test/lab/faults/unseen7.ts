import { type Fault, fine } from './fault.ts'

type Unseen<Given extends keyof Fault> = readonly Omit<Fault, Given | 'unseen'>[]

const databaseDown = /PostgreSQL is (down|not running)|cluster .* is down/i
const platformDown = /debvisor.* (is down|failed|stopped|not running)/i
const nginxDown = /nginx.* (is down|failed|stopped|not running)/i

const front = 'http://127.0.0.1'
const errors = '/var/log/debvisor/error.log'
const frontErrors = '/var/log/nginx/*error.log'
const data = '/var/lib/debvisor'

/** A user who opens these addresses again and again, for 12 s before somebody asks. */
const visits = (...addresses: string[]): string => {
  const each = addresses.map((one) => `curl -s -o /dev/null -m 20 "${one}"`).join('; ')
  return `background wall-display sh -c 'for n in $(seq 250); do ${each}; sleep 1; done'; sleep 12`
}

/** A unit that runs one command, and a timer that starts it every so many seconds. */
const regularly = (name: string, seconds: number, command: string): string => `
  printf '[Unit]\\nDescription=${name}\\n\\n[Service]\\nType=oneshot\\nExecStart=${command}\\n' >/etc/systemd/system/${name}.service
  printf '[Unit]\\nDescription=${name}\\n\\n[Timer]\\nOnActiveSec=1s\\nOnUnitActiveSec=${seconds}s\\nOnUnitInactiveSec=${seconds}s\\nAccuracySec=1s\\n\\n[Install]\\nWantedBy=timers.target\\n' >/etc/systemd/system/${name}.timer
  systemctl daemon-reload; systemctl enable -q --now ${name}.timer`

const polling = `${front}/socket.io/?EIO=4&transport=polling`

/** held SECONDS: exit 0 where a WebSocket stays open that long. */
const held = `held() { curl -s -o /dev/null -m "$1" -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==' '${front}/socket.io/?EIO=4&transport=websocket'; [ $? = 28 ]; }`

const newSessions = `sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'debvisor'" >/dev/null`

/** Two that are wrong at once, each in a layer of its own. */
const pairs: Unseen<'kind'> = [
  {
    id: 'pair-row-security-and-referers',
    topic: 'db',
    cause:
      'the role debvisor has row_security off, so that queries of hosts, which has a policy, are errors; hot-link protection of nginx refuses /socket.io/ without a Referer, and no WebSocket has one',
    inject: `
      sql 'ALTER TABLE hosts ENABLE ROW LEVEL SECURITY; ALTER TABLE hosts FORCE ROW LEVEL SECURITY; CREATE POLICY every_site ON hosts USING (true); ALTER ROLE debvisor SET row_security = off'; ${newSessions}
      site_edit '/location .socket.io/a\\        valid_referers server_names *.example.com;\\n        if ($invalid_referer) {\\n            return 403;\\n        }'; ${visits(`${front}/api/v1/hosts`, polling)}`,
    probe: `[ "$(status $front/api/v1/hosts 3)" = 500 ] && grep -q 'row-level security' ${errors} && [ "$(handshake $front "$no_header")" = 403 ] && [ "$(handshake $direct "$no_header")" = 101 ]`,
    within: 20,
    expect: [[/row_security|row.level.security/i, /hosts|debvisor/], [/referer/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /upgrade header/i],
    object: [/row_security|every_site|row.level.security/i, /referer/i],
  },
  {
    id: 'pair-pip-driver-and-zone',
    topic: 'service',
    cause:
      'pip put a psycopg2 for another Python into /usr/local, before Debian’s; the site of nginx names a zone of limit_req whose definition is gone, and nginx was restarted',
    inject: `
      packages=$(python3 -c 'import sys; print("/usr/local/lib/python%d.%d/dist-packages" % sys.version_info[:2])'); original=$(python3 -c 'import psycopg2, os; print(os.path.dirname(psycopg2.__file__))')
      install -d $packages/psycopg2 $packages/psycopg2_binary-2.8.6.dist-info; cp $original/*.py $packages/psycopg2/
      cp $original/_psycopg.cpython-*.so $packages/psycopg2/_psycopg.cpython-39-x86_64-linux-gnu.so
      printf 'pip\\n' >$packages/psycopg2_binary-2.8.6.dist-info/INSTALLER; printf 'Metadata-Version: 2.1\\nName: psycopg2-binary\\nVersion: 2.8.6\\n' >$packages/psycopg2_binary-2.8.6.dist-info/METADATA
      restart; sed -i '/server_name/a\\    limit_req zone=dashboard burst=50 nodelay;' $site; systemctl restart nginx`,
    probe: `[ "$(unit ActiveState)" != active ] && journalctl -q -u debvisor -n 60 -o cat | grep -q _psycopg && ! systemctl is-active -q nginx && nginx -t 2>&1 | grep -q 'zero size shared memory zone'`,
    within: 20,
    expect: [
      [/psycopg2?/, /\/usr\/local|dist-packages|\bpip\b/i],
      [/zero size|memory zone|zone.{0,3}dashboard/i],
    ],
    mustNotClaim: [databaseDown],
    object: [/\/usr\/local\/lib\/python|psycopg2/, /limit_req|zone=dashboard/],
  },
  {
    id: 'pair-part-of-and-generated',
    topic: 'service',
    cause:
      'a drop-in makes the platform PartOf inventory-sync.service, which a timer restarts every 15 s, and the platform with it; a migration made hosts.seen_at a generated column, which the platform cannot update',
    inject: `
      printf '[Unit]\\nDescription=Inventory sync\\n\\n[Service]\\nExecStart=/bin/sh -c "while :; do sleep 30; done"\\n' >/etc/systemd/system/inventory-sync.service
      printf '[Unit]\\nPartOf=inventory-sync.service\\nAfter=inventory-sync.service\\n' | drop_in debvisor.service; systemctl start inventory-sync
      sql 'ALTER TABLE hosts ADD polled_at timestamptz; UPDATE hosts SET polled_at = seen_at; ALTER TABLE hosts DROP seen_at CASCADE; ALTER TABLE hosts ADD seen_at timestamptz GENERATED ALWAYS AS (polled_at) STORED'
      ${regularly('inventory-sync-refresh', 15, '/usr/bin/systemctl restart inventory-sync.service')}; ${visits(`${front}/api/v1/touch?host=3`)}`,
    probe: `${held}; held 25 && exit 1; for n in 1 2 3 4 5; do [ "$(status "$front/api/v1/touch?host=3" 3)" = 500 ] && break; sleep 1; done; [ $n -lt 5 ] && grep -q 'can only be updated to DEFAULT' ${errors}`,
    within: 60,
    expect: [[/inventory-sync/], [/seen_at/, /generated/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown],
    object: [/inventory-sync|PartOf|override\.conf/, /seen_at|polled_at/],
  },
  {
    id: 'pair-recovery-signal-and-redirect',
    topic: 'db',
    cause:
      'recovery.signal is left from a restore drill and no restore_command is set: PostgreSQL was restarted and does not start; nftables redirects port 80 to 8081, where nothing listens',
    inject: `
      install -o postgres -g postgres -m 600 /dev/null /var/lib/postgresql/15/main/recovery.signal; pg_restart
      nft add table ip canary; nft 'add chain ip canary prerouting { type nat hook prerouting priority -100; }'; nft 'add chain ip canary output { type nat hook output priority -100; }'
      nft add rule ip canary prerouting tcp dport 80 redirect to :8081; nft add rule ip canary output tcp dport 80 redirect to :8081; ${visits(`${front}/`, 'http://127.0.0.1:8080/api/v1/hosts')}`,
    probe: `! pg_isready -q -h localhost && [ "$(api)" = 000 ] && systemctl is-active -q nginx && grep -q restore_command /var/log/postgresql/*.log && [ "$(handshake $direct "$no_header")" = 101 ]`,
    within: 20,
    expect: [
      [/recovery\.signal|restore_command/],
      [/redirect|canary|8081/i, /nft|firewall|packet filter|\b80\b/i],
    ],
    mustNotClaim: [nginxDown, platformDown],
    object: [/recovery\.signal/, /canary|8081|redirect/],
  },
  {
    id: 'pair-cpu-limit-and-invalid-database',
    topic: 'performance',
    cause:
      'LimitCPU of a drop-in lets the platform live for 2 s of CPU time, then the kernel ends it; a DROP DATABASE that was interrupted left debvisor invalid, and PostgreSQL lets nobody in',
    inject: `
      printf '[Service]\\nLimitCPU=2\\n' | drop_in debvisor.service; restart; sleep 2
      for n in 1 2 3; do clients wall-display-$n ${front}/api/v1/hosts; done; sleep 10
      runuser -u postgres -- psql -XqAt -d postgres -c "UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'debvisor'" -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'debvisor'" >/dev/null; sleep 20`,
    probe: `journalctl -q -u debvisor -o cat | grep -qE 'status=(24/XCPU|9/KILL)' && grep -q 'invalid database' ${errors} /var/log/postgresql/*.log && [ "$(api)" != 200 ]`,
    within: 60,
    expect: [
      [/LimitCPU|XCPU|CPU time/i],
      [/invalid database|datconnlimit|interrupted|database .?debvisor.? is invalid/i],
    ],
    mustNotClaim: [databaseDown, nginxDown],
    object: [/LimitCPU|override\.conf/, /datconnlimit|pg_database|invalid/],
  },
  {
    id: 'pair-nsswitch-and-socket',
    topic: 'db',
    cause:
      'nsswitch.conf looks names up in DNS only, without files: localhost, where the database is, has no address; nginx passes /socket.io/ to a UNIX socket that nobody makes',
    inject: `
      sed -i 's/^hosts:.*/hosts:          dns/' /etc/nsswitch.conf; ${newSessions}
      site_edit '/location .socket.io/,/}/ s|http://127.0.0.1:8080|http://unix:/run/debvisor/websocket.sock|'; ${visits(`${front}/api/v1/hosts`, polling)}`,
    probe: `[ "$(status $front/api/v1/hosts 6)" != 200 ] && grep -q 'could not translate host name' ${errors} && [ "$(handshake $front "$no_header")" = 502 ] && [ "$(handshake $direct "$no_header")" = 101 ]`,
    within: 30,
    expect: [[/nsswitch/], [/websocket\.sock|unix:/]],
    mustNotClaim: [databaseDown, platformDown, nginxDown],
    object: [/nsswitch\.conf/, /websocket\.sock/],
  },
  {
    id: 'pair-affinity-and-rewrite',
    topic: 'service',
    cause:
      'CPUAffinity of a drop-in names CPUs 126 and 127, which this machine has not: the platform does not start; a rewrite of nginx puts /dashboard before each address again and again: a cycle, and 500',
    inject: `
      printf '[Service]\\nCPUAffinity=126 127\\n' | drop_in debvisor.service; restart
      site_edit '/location \\/ {/a\\        rewrite ^/(.*)$ /dashboard/$1 last;'; ${visits(`${front}/`)}`,
    probe: `[ "$(unit ActiveState)" != active ] && journalctl -q -u debvisor -n 60 -o cat | grep -qi affinity && [ "$(status $front/ 3)" = 500 ] && grep -q 'redirection cycle' ${frontErrors}`,
    within: 20,
    expect: [[/CPUAffinity|CPU affinity/i], [/rewrite|cycle/i]],
    mustNotClaim: [databaseDown, nginxDown],
    object: [/CPUAffinity|override\.conf/, /rewrite/],
  },
]

/** Something loud that is harmless, beside a quiet cause. */
const lookAlikes: Unseen<'kind'> = [
  {
    id: 'lookalike-refused-monitor-and-encoding',
    topic: 'websocket',
    cause:
      'nginx says of each answer that it is gzip, and it is not: no browser can read it; a monitor of another team, whose logins PostgreSQL refuses and whose unit fails, is harmless',
    inject: `
      ${regularly('zabbix-postgresql', 3, '/usr/bin/env PGPASSWORD=zabbix /usr/bin/psql -X -h 127.0.0.1 -U zabbix -d postgres -c "SELECT 1"')}
      printf '# Answers of the platform are compressed.\\ngzip off;\\nadd_header Content-Encoding gzip;\\n' >/etc/nginx/conf.d/compression.conf
      sed -i 's/^\\(\\s*\\)gzip on;/\\1# gzip on;/' /etc/nginx/nginx.conf; systemctl reload nginx; ${visits(`${front}/`, `${front}/api/v1/hosts`)}`,
    probe: `curl -s --compressed -o /dev/null -m 3 $front/api/v1/hosts && exit 1; curl -s --compressed -o /dev/null -m 3 $direct/api/v1/hosts && [ "$(api)" = 200 ] && grep -q zabbix /var/log/postgresql/*.log`,
    expect: [[/Content-Encoding/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /zabbix/i],
    object: /Content-Encoding|compression\.conf/i,
  },
  {
    id: 'lookalike-killed-report-and-future',
    topic: 'db',
    cause:
      'metrics of a host whose clock was wrong are dated years ahead, so that what is newest no longer changes: the charts stand still; report-builder, which runs out of its own memory again and again, is harmless',
    inject: `
      printf '[Unit]\\nDescription=Monthly report\\n\\n[Service]\\nMemoryMax=24M\\nMemorySwapMax=0\\nRestart=on-failure\\nRestartSec=5\\nStartLimitBurst=100\\nExecStart=/usr/bin/python3 -c "x = [bytes(range(256)) * 4000 for n in range(400)]"\\n' >/etc/systemd/system/report-builder.service
      systemctl daemon-reload; systemctl start report-builder
      sql "UPDATE metrics SET taken_at = taken_at + interval '12 years' WHERE ctid IN (SELECT ctid FROM metrics ORDER BY taken_at DESC LIMIT 3000)"; ${visits(`${front}/api/v1/metrics?host=2`)}`,
    probe: `one=$(curl -s -m 3 "$front/api/v1/metrics?host=2"); sleep 7; two=$(curl -s -m 3 "$front/api/v1/metrics?host=2"); [ -n "$one" ] && [ "$one" = "$two" ] && [ "$(api)" = 200 ] && [ "$(sql "SELECT count(*) > 0 FROM metrics WHERE taken_at > now() + interval '1 year'")" = t ]`,
    within: 30,
    expect: [[/metrics|taken_at/, /future|ahead|20[34]\d|newer than now|clock/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /report-builder/i],
    object: /metrics|taken_at/,
  },
]

export const seventhUnseenPairs: Unseen<'kind'> = [...pairs, ...lookAlikes]

/** Unusual, and well. */
export const seventhUnseenHealthyHosts: Unseen<'kind' | 'expect'> = [
  {
    id: 'healthy-restored-cluster',
    topic: 'db',
    cause:
      'the cluster was brought back by a recovery and is on timeline 2: the log has a restore_command that found no more files, as it has to end; hosts has a policy of row security that lets everything through',
    inject: `
      systemctl stop debvisor; pg_setting "restore_command = 'cp /srv/archive/%f %p'"
      install -o postgres -g postgres -m 600 /dev/null /var/lib/postgresql/15/main/recovery.signal; pg_restart; sleep 3
      sql 'ALTER TABLE hosts ENABLE ROW LEVEL SECURITY; ALTER TABLE hosts FORCE ROW LEVEL SECURITY; CREATE POLICY every_site ON hosts USING (true)'; systemctl start debvisor; sleep 6`,
    probe: `${fine} && [ "$(status $front/api/v1/hosts 3)" = 200 ] && [ "$(sql 'SELECT timeline_id FROM pg_control_checkpoint()')" = 2 ]`,
    within: 20,
  },
  {
    id: 'healthy-own-firewall',
    topic: 'service',
    cause:
      'nftables allows 400 connections to nginx and to the platform, drops what is invalid, redirects port 8000 to 80, and a route throws away what is for a test network',
    inject: `
      nft add table inet guard; nft 'add chain inet guard input { type filter hook input priority 0; policy accept; }'
      nft add rule inet guard input ct state invalid counter drop; nft add rule inet guard input tcp dport '{ 80, 8080 }' ct state new ct count over 400 reject with tcp reset
      nft add table ip legacy; nft 'add chain ip legacy output { type nat hook output priority -100; }'; nft 'add chain ip legacy prerouting { type nat hook prerouting priority -100; }'
      nft add rule ip legacy output tcp dport 8000 redirect to :80; nft add rule ip legacy prerouting tcp dport 8000 redirect to :80
      ip route add blackhole 203.0.113.0/24; ${visits(`${front}/`)}`,
    probe: `${fine} && [ "$(status http://127.0.0.1:8000/ 3)" = 200 ] && ip route show type blackhole | grep -q 203.0.113`,
  },
  {
    id: 'healthy-odd-unit',
    topic: 'service',
    cause:
      'a drop-in binds the platform to a target, to the first CPU and to a day of CPU time, and gives it another time zone; its data directory is sticky, and all in it is its own',
    inject: `
      printf '[Unit]\\nDescription=Everything of the fleet\\n\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/fleet.target; systemctl daemon-reload; systemctl enable -q --now fleet.target
      printf '[Unit]\\nPartOf=fleet.target\\n\\n[Service]\\nLimitCPU=86400\\nCPUAffinity=0\\nEnvironment=TZ=Pacific/Auckland PYTHONHASHSEED=0 PGAPPNAME=debvisor-blue\\n' | drop_in debvisor.service
      chmod +t ${data}; restart; sleep 6`,
    probe: `${fine} && [ -k ${data} ] && [ "$(unit PartOf)" = fleet.target ] && [ "$(status $front/api/v1/hosts 3)" = 200 ]`,
    within: 20,
  },
]
