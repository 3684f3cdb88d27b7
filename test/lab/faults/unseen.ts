import { type Fault, fine } from './fault.ts'

type Unseen<Given extends keyof Fault> = readonly Omit<Fault, Given | 'unseen'>[]

const databaseDown = /PostgreSQL is (down|not running)|cluster .* is down/i
const platformDown = /debvisor.* (is down|failed|stopped|not running)/i
const upgradeHeaders = /upgrade header/i

const broken = `[ "$(handshake $direct "$no_header")" = 101 ] && [ "$(handshake $front "$no_header")" != 101 ]`
const dataDiskUsed = `$(df --output=pcent /var/lib/debvisor | tail -1 | tr -d ' %')`

const displays = (address: string): string =>
  `background wall-display sh -c "for n in $(seq 20 | tr '\\n' ' '); do curl -s -m 500 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==' -o /dev/null '${address}/socket.io/?EIO=4&transport=websocket' & done; wait"`

/** The platform does not start, or does not stay. */
const service: Unseen<'topic' | 'kind'> = [
  {
    id: 'service-immutable',
    cause: 'the lock file in the data directory has the attribute immutable',
    inject: `chattr +i /var/lib/debvisor/debvisor.lock; restart`,
    probe: `is_failed && lsattr /var/lib/debvisor/debvisor.lock | cut -d ' ' -f 1 | grep -q i`,
    expect: [[/debvisor\.lock/, /immutable|chattr|lsattr|attribute|\+i\b/i]],
    mustNotClaim: [/belongs to|owned by/i, /\bfull\b/i],
  },
  {
    id: 'service-log-directory',
    cause: 'the directory of its log is gone: a cleaning of /var/log took it along',
    inject: `rm -rf /var/log/debvisor; restart`,
    probe: `is_failed && [ ! -e /var/log/debvisor ]`,
    expect: [
      [
        /\/var\/log\/debvisor/,
        /missing|no such|not exist|not found|gone|absent|vanish|removed|deleted|create/i,
      ],
    ],
    mustNotClaim: [/belongs to|owned by/i],
  },
  {
    id: 'service-killed-by-timer',
    cause: 'job-cleanup.timer runs a script that kills it every 4 s',
    inject: `
      printf '#!/bin/sh\\n# Jobs that somebody forgot.\\npkill -KILL -f "python3 /opt/" || true\\n' >/usr/local/sbin/job-cleanup
      chmod 755 /usr/local/sbin/job-cleanup
      printf '[Unit]\\nDescription=Clean up forgotten jobs\\n[Service]\\nType=oneshot\\nExecStart=/usr/local/sbin/job-cleanup\\n' >/etc/systemd/system/job-cleanup.service
      printf '[Unit]\\nDescription=Clean up forgotten jobs\\n[Timer]\\nOnCalendar=*:*:0/4\\nAccuracySec=100ms\\n[Install]\\nWantedBy=timers.target\\n' >/etc/systemd/system/job-cleanup.timer
      systemctl daemon-reload; systemctl enable -q --now job-cleanup.timer`,
    probe: `[ "$(unit NRestarts)" -ge 2 ] && journalctl -u debvisor -n 40 | grep -q 'status=9/KILL' && systemctl is-active -q job-cleanup.timer`,
    within: 20,
    expect: [[/job-cleanup/, /kill|signal 9|terminat/i]],
    mustNotClaim: [/memory|\bOOM\b/i],
  },
  {
    id: 'service-protect-home',
    cause: 'ProtectHome=yes of a drop-in hides its data directory, which is below /home',
    inject: `
      install -d -o debvisor -g debvisor -m 750 /home/debvisor /home/debvisor/data
      sed -i 's|data: /var/lib/debvisor|data: /home/debvisor/data|' $config
      printf '[Service]\\nProtectHome=yes\\n' | drop_in debvisor.service; restart`,
    probe: `is_failed && [ "$(unit ProtectHome)" = yes ] && runuser -u debvisor -- test -w /home/debvisor/data`,
    expect: [[/ProtectHome/i, /\/home\b/]],
    mustNotClaim: [/belongs to|owned by/i],
  },
  {
    id: 'service-noexec',
    cause: '/opt is mounted noexec',
    inject: `mount --bind /opt /opt; mount -o remount,bind,noexec /opt; restart`,
    probe: `is_failed && [ "$(unit ExecMainStatus)" = 203 ] && [ "$(stat -c %a /opt/debvisor/bin/debvisor-server)" = 755 ]`,
    expect: [[/noexec/i, /\/opt\b/]],
    mustNotClaim: [/missing|not exist/i],
  },
  {
    id: 'service-foreign-address',
    cause: 'it is to listen on an address that the host does not have',
    inject: `sed -i 's/host: 0.0.0.0/host: 198.18.0.240/' $config; restart`,
    probe: `is_failed && debvisor-cli config validate && journalctl -u debvisor -n 40 | grep -q 'Cannot assign requested address'`,
    expect: [
      [
        /198\.18\.0\.240/,
        /assign|no (interface|network)|not (an address|local|configured|one of|on this)|(does not|doesn.t) (have|own|carry)|has no/i,
      ],
    ],
    mustNotClaim: [/taken|in use|held by|already listens/i],
  },
]

/** The platform cannot use its database, or not all of it. */
const db: Unseen<'topic' | 'kind'> = [
  {
    id: 'db-prepared-transaction',
    cause: 'a prepared transaction, left over, holds an exclusive lock on the table hosts',
    inject: `pg_setting 'max_prepared_transactions = 10'; pg_restart; restart
      sql "BEGIN; ALTER TABLE hosts ADD COLUMN rack text; PREPARE TRANSACTION 'rollout-17'"; clients wall-display $direct/api/v1/hosts; sleep 1`,
    probe: `[ "$(status $direct/api/v1/hosts 2)" = 000 ] && [ "$(sql 'SELECT count(*) FROM pg_prepared_xacts')" = 1 ]`,
    expect: [
      [/prepared transaction|pg_prepared_xacts|two.?phase|(COMMIT|ROLLBACK) PREPARED/i, /rollout-17|hosts/],
    ],
    mustNotClaim: [databaseDown],
  },
  {
    // The segment that did not fit is removed again: some MB are free, too few for the next one.
    id: 'db-abandoned-slot',
    cause: 'an abandoned replication slot keeps all WAL until its disk is full',
    inject: `
      systemctl stop postgresql@15-main; chmod 751 /var/lib/debvisor
      cp -a /var/lib/postgresql/15/main/pg_wal /var/lib/debvisor/; rm -r /var/lib/postgresql/15/main/pg_wal
      ln -s /var/lib/debvisor/pg_wal /var/lib/postgresql/15/main/pg_wal
      pg_setting 'max_wal_size = 64MB'; pg_setting 'min_wal_size = 32MB'; pg_restart
      sql "SELECT pg_create_physical_replication_slot('replica2', true)"
      for n in $(seq 16); do sql "SELECT txid_current(), pg_switch_wal()" || break; done >/dev/null 2>&1; sleep 2`,
    probe: `[ "$(api)" = 500 ] && pg_lsclusters -h | grep -q down && [ "${dataDiskUsed}" -ge 95 ] && [ -d /var/lib/postgresql/15/main/pg_replslot/replica2 ]`,
    within: 20,
    expect: [[/slot/i, /replica2|pg_wal|\bWAL\b/i, /full|space|9\d(\.\d+)? ?%/i]],
  },
  {
    id: 'db-search-path',
    cause: 'search_path of the role names another schema, so that its tables are not found',
    inject: `sql 'ALTER ROLE debvisor IN DATABASE debvisor SET search_path = app'; restart; sleep 1; status $direct/api/v1/hosts 3`,
    probe: `[ "$(status $direct/api/v1/hosts 3)" = 500 ] && tail -40 /var/log/debvisor/error.log | grep -q 'relation "hosts" does not exist' && [ "$(sql 'SELECT count(*) FROM public.hosts')" = 8 ]`,
    expect: [[/search_path/i, /debvisor/]],
    mustNotClaim: [databaseDown, /table.* (is )?(missing|gone)/i],
  },
  {
    id: 'db-sequence-behind',
    cause: 'the sequence of metrics.id stands behind the rows that a restore brought: no metrics are stored',
    inject: `sql "SELECT setval('metrics_id_seq', 1, false)"`,
    probe: `tail -60 /var/log/debvisor/error.log | grep -q 'duplicate key value violates unique constraint "metrics_pkey"' && [ "$(sql 'SELECT last_value < (SELECT max(id) FROM metrics) FROM metrics_id_seq')" = t ]`,
    within: 20,
    expect: [[/sequence|setval|nextval|metrics_id_seq/i, /metrics/]],
    mustNotClaim: [databaseDown],
  },
  {
    id: 'db-preload-library',
    cause: 'shared_preload_libraries, set by ALTER SYSTEM, names a library that is not installed',
    inject: `sql "ALTER SYSTEM SET shared_preload_libraries = 'timescaledb'"; pg_restart`,
    probe: `[ "$(api)" = 500 ] && pg_lsclusters -h | grep -q down && grep -q 'could not access file "timescaledb"' /var/log/postgresql/postgresql-15-main.log`,
    expect: [[/timescaledb/, /shared_preload_libraries|librar|could not access file|extension/i]],
  },
  {
    id: 'db-synchronous-standby',
    cause: 'commits wait for a synchronous standby that is not there',
    inject: `sql "ALTER SYSTEM SET synchronous_standby_names = 'replica2'"; sql 'SELECT pg_reload_conf()'; sleep 1; clients wall-display $direct/api/v1/touch`,
    probe: `[ "$(status $direct/api/v1/touch 2)" != 200 ] && [ "$(sql "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'SyncRep'")" = t ]`,
    expect: [
      [/synchronous_standby_names|synchronous (standby|replica)|SyncRep/i, /replica2|commit|standby/i],
    ],
    mustNotClaim: [databaseDown],
  },
]

/** The dashboard gets no real-time updates, or old ones. */
const websocket: Unseen<'topic' | 'kind'> = [
  {
    id: 'websocket-map',
    cause: 'the map that makes Connection from Upgrade has its values the wrong way round',
    inject: `printf 'map $http_upgrade $connection_upgrade {\\n    default close;\\n    ""      upgrade;\\n}\\n' >/etc/nginx/conf.d/connection-upgrade.conf; site_edit 's/Connection "upgrade"/Connection $connection_upgrade/'`,
    probe: broken,
    expect: [[/\bmap\b|connection_upgrade|connection-upgrade\.conf/i, /close|upgrade/i, /connection/i]],
    mustNotClaim: [platformDown],
  },
  {
    id: 'websocket-second-server',
    cause: 'a second server block has the name that users type, and answers with files',
    inject: `printf 'server {\\n    listen 80;\\n    server_name %s %s localhost 127.0.0.1;\\n    root /var/www/html;\\n    location / {\\n        try_files $uri =404;\\n    }\\n}\\n' "$(hostname)" "$(hostname -I | tr -d ' ')" >/etc/nginx/conf.d/status-page.conf; systemctl reload nginx; sleep 0.5; handshake $front "$no_header"`,
    probe: `${broken} && [ "$(api)" = 404 ] && [ "$(curl -s -o /dev/null -w '%{http_code}' -H 'Host: debvisor.internal' $front/api/health)" = 200 ]`,
    expect: [[/status-page\.conf/, /server_name|server block|server|host name/i]],
    mustNotClaim: [platformDown, upgradeHeaders],
  },
  {
    id: 'websocket-certificate-expired',
    cause: 'the certificate of the site has expired; browsers are sent from port 80 to 443',
    inject: `
      cd /etc/ssl/private; mkdir -m 700 /tmp/ca; touch /tmp/ca/index
      openssl req -new -newkey rsa:2048 -nodes -subj /CN=debvisor.internal -keyout debvisor.key -out /tmp/ca/csr 2>/dev/null
      printf '[ca]\\ndefault_ca = here\\n[here]\\ndatabase = /tmp/ca/index\\nrand_serial = yes\\nnew_certs_dir = /tmp/ca\\ndefault_md = sha256\\npolicy = any\\n[any]\\ncommonName = supplied\\n' >/tmp/ca/conf
      openssl ca -batch -notext -selfsign -config /tmp/ca/conf -keyfile debvisor.key -in /tmp/ca/csr -out /etc/ssl/certs/debvisor.pem \\
        -startdate "$(date -ud '-91 days' +%Y%m%d%H%M%SZ)" -enddate "$(date -ud '-1 day' +%Y%m%d%H%M%SZ)" 2>/dev/null
      rm -r /tmp/ca; sed -i 's|    listen 80 default_server;|    listen 443 ssl default_server;\\n    ssl_certificate /etc/ssl/certs/debvisor.pem;\\n    ssl_certificate_key /etc/ssl/private/debvisor.key;|' $site
      printf '\\nserver {\\n    listen 80 default_server;\\n    return 301 https://$host$request_uri;\\n}\\n' >>$site; systemctl reload nginx; sleep 0.5`,
    probe: `curl -sv -m 3 -o /dev/null --cacert /etc/ssl/certs/debvisor.pem --resolve debvisor.internal:443:127.0.0.1 https://debvisor.internal/ 2>&1 | grep -q 'certificate has expired'`,
    expect: [[/expire/i, /certificate/i, /debvisor\.pem|debvisor\.internal|\b443\b|sites-/]],
    mustNotClaim: [platformDown, upgradeHeaders],
  },
  {
    id: 'websocket-not-sticky',
    cause:
      'nginx spreads requests over two instances without stickiness: the other one does not know the session',
    inject: `
      sed 's/^  port: 8080/  port: 8082/' $config >/etc/debvisor/config-b.yaml
      sed 's|config\\.yaml|config-b.yaml|; s|^Description=.*|Description=DebVisor platform, second instance|' /usr/lib/systemd/system/debvisor.service >/etc/systemd/system/debvisor-b.service
      systemctl daemon-reload; systemctl start debvisor-b
      sed -i '1i upstream debvisor {\\n    zone debvisor 64k;\\n    server 127.0.0.1:8080;\\n    server 127.0.0.1:8082;\\n}\\n' $site; site_edit 's|http://127.0.0.1:8080|http://debvisor|'; sleep 0.5
      background wall-display sh -c "end=\\$((\\$(date +%s) + 500)); while [ \\$(date +%s) -lt \\$end ]; do sid=\\$(curl -s -m 3 '$front/socket.io/?EIO=4&transport=polling' | cut -d '\\"' -f 4); for n in 1 2 3; do curl -s -m 3 -o /dev/null \\"$front/socket.io/?EIO=4&transport=polling&sid=\\$sid\\"; done; sleep 1; done"`,
    probe: `at() { sid=$(curl -s -m 3 "$1/socket.io/?EIO=4&transport=polling" | cut -d '"' -f 4); for n in 1 2 3 4; do status "$1/socket.io/?EIO=4&transport=polling&sid=$sid" 2; done; }
      [ "$(at $direct)" = 200200200200 ] && at $front | grep -q 400`,
    expect: [
      [
        /session|sticky|stickiness|affinity|ip_hash/i,
        /upstream|8082|round.?robin|balanc|instances|backends/i,
      ],
    ],
    mustNotClaim: [platformDown, upgradeHeaders],
  },
  {
    id: 'websocket-cached-api',
    cause: 'nginx caches the answers of the API for 10 minutes: the dashboard shows old metrics',
    inject: `printf 'proxy_cache_path /var/cache/nginx levels=1:2 keys_zone=pages:1m inactive=30m;\\nproxy_cache pages;\\nproxy_cache_valid 200 10m;\\n' >/etc/nginx/conf.d/pages.conf; systemctl reload nginx; sleep 0.5; status $front/api/v1/metrics 3`,
    probe: `a=$(curl -s -m 3 $front/api/v1/touch); [ -n "$a" ] && [ "$a" = "$(curl -s -m 3 $front/api/v1/touch)" ] && [ "$(curl -s $direct/api/v1/touch)" != "$(curl -s $direct/api/v1/touch)" ]`,
    expect: [[/cach/i, /proxy_cache|pages\.conf|nginx/i]],
    mustNotClaim: [platformDown, upgradeHeaders],
  },
  {
    id: 'websocket-upstream-marked-down',
    cause: 'the only server of the upstream is marked down since a maintenance',
    inject: `printf 'upstream platform {\\n    server 127.0.0.1:8080 down;\\n}\\n' >/etc/nginx/conf.d/upstreams.conf; site_edit 's|http://127.0.0.1:8080|http://platform|'; sleep 0.5; handshake $front "$no_header"`,
    probe: `${broken} && [ "$(api)" = 502 ] && grep -q 'no live upstreams' /var/log/nginx/error.log`,
    expect: [[/no live upstreams|marked|\bdown\b/i, /upstreams?\b/i, /upstreams\.conf|8080|platform/]],
    mustNotClaim: [platformDown, upgradeHeaders],
  },
]

/** It works, but slowly. Each load stops by itself within 10 minutes. */
const performance: Unseen<'topic' | 'kind'> = [
  {
    id: 'performance-deleted-file',
    cause: 'the data disk is full with a file that is deleted, but that a program holds open',
    inject: `background export-sync python3 -c "
import os, time
out = open('/var/lib/debvisor/export.part', 'wb')
os.posix_fallocate(out.fileno(), 0, 236 << 20)
os.remove(out.name)
time.sleep(530)
"
      sleep 2`,
    probe: `[ "${dataDiskUsed}" -ge 93 ] && [ "$(du -sxm /var/lib/debvisor | cut -f 1)" -lt 40 ]`,
    expect: [[/deleted|unlinked|removed/i, /export-sync|python3|export\.part/, /\/var\/lib\/debvisor/]],
  },
  {
    id: 'performance-short-jobs',
    cause:
      'a check script starts short programs without a pause: none lives long enough to be seen, together they take both CPUs',
    inject: `
      printf '#!/bin/sh\\nprobe() {\\n    while :; do\\n        openssl version >/dev/null\\n        ss -Hlt | grep -c LISTEN >/dev/null\\n    done\\n}\\nprobe & probe & wait\\n' >/usr/local/bin/node-checks
      chmod 755 /usr/local/bin/node-checks; background node-checks nice -n 5 /usr/local/bin/node-checks; sleep 3`,
    // Time of a shell's own against that of the children that it has reaped, ticks.
    probe: `for pid in $(pgrep -f /usr/local/bin/node-checks); do awk '$16 + $17 > 60 && $16 + $17 > $14 + $15 { found = 1 } END { exit !found }' /proc/$pid/stat && exit 0; done; exit 1`,
    within: 20,
    expect: [[/node-checks/, /\bCPUs?\b|fork|short.?lived|processes/i]],
  },
  {
    id: 'performance-small-backlog',
    cause: 'net.core.somaxconn is 2: the platform’s queue of new connections overflows with each burst',
    inject: `echo 'net.core.somaxconn = 2' >/etc/sysctl.d/90-tuning.conf; sysctl -qp /etc/sysctl.d/90-tuning.conf; restart
      background wall-display python3 -c "
import socket, time
end = time.time() + 500
while time.time() < end:
    burst = [socket.socket() for n in range(80)]
    for one in burst:
        one.setblocking(False)
        one.connect_ex(('127.0.0.1', 8080))
    time.sleep(0.5)
    for one in burst:
        one.close()
"
      sleep 3`,
    probe: `ss -Hltn sport = :8080 | awk '{ exit !($3 <= 2) }' && nstat -az TcpExtListenOverflows | awk '$1 == "TcpExtListenOverflows" && $2 > 20 { found = 1 } END { exit !found }'`,
    within: 20,
    expect: [[/somaxconn|backlog|(accept|listen) queue|queue of/i, /8080|debvisor/]],
    mustNotClaim: [/hang|hung|(does|is) not answer/i],
  },
  {
    id: 'performance-port-range',
    cause:
      'ip_local_port_range leaves 16 ports: with the open dashboards nginx gets none for another request',
    inject: `echo 'net.ipv4.ip_local_port_range = 61000 61015' >/etc/sysctl.d/90-ports.conf; sysctl -qp /etc/sysctl.d/90-ports.conf
      ${displays("http://$(hostname -I | tr -d ' ')")}; sleep 3; api`,
    probe: `[ "$(api)" = 502 ] && grep -q '99: Cannot assign requested address' /var/log/nginx/error.log`,
    within: 20,
    expect: [
      [
        /ip_local_port_range|ephemeral|(local|source|outgoing) ports?|port range/i,
        /61000|90-ports\.conf|8080|nginx|sysctl/,
      ],
    ],
    mustNotClaim: [platformDown],
  },
  {
    id: 'performance-deadlocks',
    cause: 'two jobs update rows of hosts in opposite order and run into deadlocks all the time',
    inject: `for order in 1,2 2,1; do background inventory-sync-\${order%,*} --uid=postgres python3 -c "
import psycopg2, time
job = psycopg2.connect('dbname=debvisor application_name=inventory-sync')
end = time.time() + 500
while time.time() < end:
    try:
        with job, job.cursor() as cursor:
            for host in ($order):
                cursor.execute('UPDATE hosts SET seen_at = now() WHERE id = %s', (host,))
                time.sleep(0.2)
    except psycopg2.Error:
        pass
"; done; clients wall-display "$direct/api/v1/touch?host=1"; sleep 4`,
    probe: `[ "$(grep -c 'deadlock detected' /var/log/postgresql/postgresql-15-main.log)" -ge 2 ]`,
    within: 25,
    expect: [[/deadlock/i, /hosts|inventory-sync/]],
  },
  {
    id: 'performance-connection-churn',
    cause: 'a program opens a connection of PostgreSQL for each of its queries, without a pool',
    inject: `background price-feed --uid=postgres nice -n 5 python3 -c "
import psycopg2, time
end = time.time() + 500
while time.time() < end:
    one = psycopg2.connect('dbname=debvisor application_name=price-feed')
    one.cursor().execute('SELECT count(*) FROM hosts')
    one.close()
"
      sleep 3`,
    probe: `started() { sql "SELECT sessions FROM pg_stat_database WHERE datname = 'debvisor'"; }; a=$(started); sleep 2; [ $(($(started) - a)) -gt 50 ]`,
    within: 20,
    expect: [
      [
        /price-feed/,
        /connect|session/i,
        /churn|per second|\/ ?s\b|a second|pool|short.?lived|new connections|opens/i,
      ],
    ],
  },
]

/** Faults whose author had not seen the rules. */
export const unseenFaults: Unseen<'kind'> = [
  ...service.map((one) => ({ ...one, topic: 'service' }) as const),
  ...db.map((one) => ({ ...one, topic: 'db' }) as const),
  ...websocket.map((one) => ({ ...one, topic: 'websocket' }) as const),
  ...performance.map((one) => ({ ...one, topic: 'performance' }) as const),
]

/** Two faults, both to be named; or a fault beside something that is not the cause. */
export const unseenPairs: Unseen<'kind'> = [
  {
    id: 'pair-python-home-and-old-config-error',
    topic: 'service',
    cause:
      'PYTHONHOME of a drop-in names a directory without Python; an old error about config.yaml is in the log',
    inject: `printf "2023-02-01 03:00:00,000 CRITICAL debvisor: configuration error: /etc/debvisor/config.yaml:9: unknown key 'database.pool'\\n" >>/var/log/debvisor/error.log
      printf '[Service]\\nEnvironment=PYTHONHOME=/usr/local/python3.9\\n' | drop_in debvisor.service; restart`,
    probe: `is_failed && debvisor-cli config validate && journalctl -u debvisor -n 60 | grep -q 'Fatal Python error'`,
    expect: [[/PYTHONHOME/]],
    mustNotClaim: [/config\.yaml/],
  },
  {
    id: 'pair-statement-timeout-and-stopped-cluster',
    topic: 'db',
    cause: 'statement_timeout of the role is 1 ms; a second cluster, that nobody uses, is stopped',
    inject: `pg_createcluster 15 archive --start-conf manual >/dev/null; sql "INSERT INTO hosts (name) SELECT 'edge' || n FROM generate_series(1, 8000) AS n"; sql 'ALTER ROLE debvisor SET statement_timeout = 1'; restart; sleep 1; status $direct/api/v1/hosts 3`,
    probe: `[ "$(status $direct/api/v1/hosts 3)" = 500 ] && tail -80 /var/log/debvisor/error.log | grep -q 'due to statement timeout' && pg_lsclusters -h | grep -q 'archive.*down'`,
    within: 20,
    expect: [[/statement_timeout|statement timeout/i, /debvisor|\b1 ?ms\b/]],
    mustNotClaim: [/archive/, databaseDown],
  },
  {
    id: 'pair-column-and-trigger',
    topic: 'db',
    cause: 'the column hosts.state has another name; a trigger of metrics writes to a table that is gone',
    inject: `sql 'ALTER TABLE hosts RENAME COLUMN state TO status'
      sql 'CREATE FUNCTION note_metric() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN INSERT INTO metrics_audit (metric_id) VALUES (NEW.id); RETURN NEW; END $f$; CREATE TRIGGER note_metric BEFORE INSERT ON metrics FOR EACH ROW EXECUTE FUNCTION note_metric()'
      status $direct/api/v1/hosts 3`,
    probe: `[ "$(status $direct/api/v1/hosts 3)" = 500 ] && tail -80 /var/log/debvisor/error.log | grep -q 'column "state" does not exist' && grep -q 'relation "metrics_audit" does not exist' /var/log/debvisor/error.log`,
    within: 20,
    expect: [
      [/column/i, /\bstate\b/],
      [/metrics_audit/, /trigger|function|relation|table/i],
    ],
    mustNotClaim: [databaseDown],
  },
  {
    id: 'pair-lost-headers-and-snapshot-owner',
    topic: 'websocket',
    cause:
      'the upgrade headers stand in the server block, and a location with headers of its own does not inherit them; a file of the collector belongs to root',
    inject: `install -m 600 /dev/null /var/lib/debvisor/snapshot.json.new; sed -i '/Upgrade/d; /Connection/d' $site
      site_edit '/server_name/a\\    proxy_set_header Upgrade $http_upgrade;\\n    proxy_set_header Connection "upgrade";'; sleep 0.5; handshake $front "$no_header"`,
    probe: `${broken} && tail -60 /var/log/debvisor/error.log | grep -q "Permission denied: '/var/lib/debvisor/snapshot.json.new'"`,
    within: 20,
    expect: [
      [/upgrade/i, /nginx|sites-/],
      [/snapshot\.json/, /permission|own|belong|writ/i],
    ],
    mustNotClaim: [platformDown],
  },
  {
    id: 'pair-limit-rate-and-temporary-files',
    topic: 'performance',
    cause: 'limit_rate of nginx slows every page down; work_mem is 64 kB, so that a report sorts on disk',
    inject: `site_edit '/location . {/a\\        limit_rate 400;'; sql "ALTER SYSTEM SET work_mem = '64kB'"; sql 'SELECT pg_reload_conf()'
      sql "INSERT INTO metrics (host_id, taken_at, cpu, memory) SELECT 1 + n % 8, now() - n * interval '1 s', n % 90, n % 70 FROM generate_series(1, 100000) AS n"
      background monthly-report --uid=postgres nice -n 5 python3 -c "
import psycopg2, time
report = psycopg2.connect('dbname=debvisor application_name=monthly-report')
report.autocommit = True
end = time.time() + 500
while time.time() < end:
    report.cursor().execute('SELECT host_id, cpu FROM metrics ORDER BY memory, cpu, taken_at OFFSET 90000')
    time.sleep(0.2)
"
      sleep 4`,
    probe: `! curl -s -m 2 -o /dev/null $front/api/v1/metrics && curl -s -m 2 -o /dev/null $direct/api/v1/metrics && [ "$(sql "SELECT temp_bytes > 20000000 FROM pg_stat_database WHERE datname = 'debvisor'")" = t ]`,
    within: 20,
    expect: [[/limit_rate/], [/work_mem|temp(orary)? files?/i, /64 ?kB|monthly-report|debvisor|postgres/i]],
    mustNotClaim: [platformDown],
  },
]

/** Hosts that look odd and are well. */
export const unseenHealthyHosts: Unseen<'kind' | 'expect'> = [
  {
    id: 'healthy-edited-files',
    topic: 'service',
    cause: 'comments were added to configuration files after the start; a timer is disabled',
    inject: `for file in $config $site /etc/postgresql/15/main/postgresql.conf; do echo '# reviewed' >>$file; done; systemctl disable -q --now e2scrub_all.timer`,
    probe: `${fine} && [ "$(tail -n 1 $config)" = '# reviewed' ] && ! systemctl is-active -q e2scrub_all.timer`,
  },
  {
    id: 'healthy-second-cluster',
    topic: 'db',
    cause: 'a second cluster, started by hand only and used by nobody, is stopped',
    inject: `pg_createcluster 15 archive --start-conf manual >/dev/null`,
    probe: `${fine} && pg_lsclusters -h | grep -q 'archive.*down'`,
    within: 20,
  },
  {
    id: 'healthy-nginx-warning',
    topic: 'websocket',
    cause: 'nginx -t warns of a server name that two sites have; the platform’s is the one that counts',
    inject: `printf 'server {\\n    listen 80;\\n    server_name _;\\n    root /var/www/html;\\n}\\n' >/etc/nginx/sites-available/landing; ln -s ../sites-available/landing /etc/nginx/sites-enabled/landing; systemctl reload nginx; sleep 0.5`,
    probe: `${fine} && nginx -t 2>&1 | grep -q 'conflicting server name'`,
  },
  {
    id: 'healthy-page-cache',
    topic: 'performance',
    cause: 'nearly all memory is page cache: a backup was read once',
    inject: `truncate -s 900M /var/tmp/inventory.tar; systemd-run -q --wait --unit=backup-verify sh -c 'cksum </var/tmp/inventory.tar'`,
    probe: `${fine} && awk '{ kB[$1] = $2 } END { exit !(kB["MemFree:"] < kB["MemTotal:"] * 0.2 && kB["MemAvailable:"] > kB["MemTotal:"] * 0.5) }' /proc/meminfo`,
  },
]
