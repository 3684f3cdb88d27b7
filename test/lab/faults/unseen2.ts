import { type Fault, fine } from './fault.ts'

type Unseen<Given extends keyof Fault> = readonly Omit<Fault, Given | 'unseen'>[]

const databaseDown = /PostgreSQL is (down|not running)|cluster .* is down/i
const platformDown = /debvisor.* (is down|failed|stopped|not running)/i
const upgradeHeaders = /upgrade header/i
const crashed = /crash|segfault|signal/i

const broken = `[ "$(handshake $direct "$no_header")" = 101 ] && [ "$(handshake $front "$no_header")" != 101 ]`

/** A message of the polling transport that is too large for a buffer of nginx. */
const largeMessage = `large() { head -c 40000 /dev/zero | tr '\\0' a | curl -s -m 5 -o /dev/null -w '%{http_code}' --data-binary @- "$1/socket.io/?EIO=4&transport=polling"; }`

/** Browsers that show the dashboard for some minutes; one that is refused tries again. */
const dashboards = (count: number): string =>
  `background wall-display sh -c "for n in $(seq ${count} | tr '\\n' ' '); do (for again in 1 2 3 4 5 6 7 8 9; do curl -s -m 500 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==' -o /dev/null '$direct/socket.io/?EIO=4&transport=websocket'; sleep 20; done) & done; wait"`

/** The platform does not start, or does not stay. */
const service: Unseen<'topic' | 'kind'> = [
  {
    id: 'service-module-shadowed',
    cause: 'a script of the last deploy, email.py, stands before the module email of Python',
    inject: `printf '"""Mails the weekly report."""\\n\\nimport smtplib\\n\\n\\ndef send(to, text):\\n    with smtplib.SMTP("localhost") as server:\\n        server.sendmail("debvisor@localhost", to, text)\\n' >/opt/debvisor/email.py; chown debvisor:debvisor /opt/debvisor/email.py; restart`,
    probe: `is_failed && debvisor-cli config validate && journalctl -u debvisor -n 80 | grep -q "'email' is not a package"`,
    expect: [[/email\.py/, /shadow|hid(es|den)|standard library|stdlib|module|import|package/i]],
    mustNotClaim: [/psycopg2/, /config\.yaml/],
  },
  {
    id: 'service-dangling-release',
    cause: 'its code is a link to a release that was never unpacked',
    inject: `cd /opt/debvisor; mkdir releases; mv debvisor releases/2.4.1; ln -s releases/2.4.2 debvisor; chown -hR debvisor:debvisor releases debvisor; cd /; restart`,
    probe: `is_failed && [ -L /opt/debvisor/debvisor ] && [ ! -e /opt/debvisor/debvisor ]`,
    expect: [
      [
        /\/opt\/debvisor/,
        /2\.4\.2|\blink|symlink/i,
        /dangl|broken|missing|not exist|no such|not found|nowhere|gone|absent|never/i,
      ],
    ],
    mustNotClaim: [/psycopg2/, /config\.yaml/],
  },
  {
    id: 'service-parent-mode',
    cause: '/opt has mode 700: an archive that root unpacked brought it along',
    inject: `chmod 700 /opt; restart`,
    probe: `is_failed && [ "$(stat -c %a /opt)" = 700 ] && ! runuser -u debvisor -- ls /opt/debvisor`,
    expect: [
      [
        /(^|[\s'"‘“`(:])\/opt(?=$|[\s'"’”`,.;:)])/m,
        /permission|mode|\b0?700\b|drwx------|search|travers|enter/i,
      ],
    ],
    mustNotClaim: [/missing|not exist/i],
  },
  {
    id: 'service-socket-unit',
    cause: 'the socket unit of another program has 8080: systemd itself listens there',
    inject: `
      systemctl stop debvisor
      printf '[Unit]\\nDescription=Gateway of the agents\\n[Socket]\\nListenStream=8080\\nAccept=yes\\n[Install]\\nWantedBy=sockets.target\\n' >/etc/systemd/system/agent-gateway.socket
      printf '[Unit]\\nDescription=Gateway of the agents, a connection\\n[Service]\\nExecStart=-/bin/cat\\nStandardInput=socket\\nDynamicUser=yes\\n' >'/etc/systemd/system/agent-gateway@.service'
      systemctl daemon-reload; systemctl enable -q --now agent-gateway.socket; restart`,
    probe: `is_failed && ss -Hltnp sport = :8080 | grep -q '"systemd",pid=1,'`,
    expect: [[/8080/, /agent-gateway/]],
  },
  {
    id: 'service-conflict',
    cause: 'site-notice.service has Conflicts=debvisor.service: its start stopped the platform',
    inject: `
      printf '[Unit]\\nDescription=Notice of planned work\\nConflicts=debvisor.service\\n[Service]\\nDynamicUser=yes\\nExecStart=/usr/bin/python3 -m http.server --bind 127.0.0.1 --directory /var/www/html 8089\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/site-notice.service
      systemctl daemon-reload; systemctl enable -q --now site-notice`,
    probe: `[ "$(unit ActiveState)" = inactive ] && [ "$(api)" = 502 ] && systemctl is-active -q site-notice`,
    expect: [[/site-notice/, /conflict|stop/i]],
    mustNotClaim: [crashed, /memory|\bOOM\b/i],
  },
]

/** The platform cannot use its database, or not all of it. */
const db: Unseen<'topic' | 'kind'> = [
  {
    id: 'db-partition-missing',
    cause: 'metrics is partitioned by month, and nobody made the partition of this month',
    inject: `month=$(date +%Y-%m-01); sql "SET ROLE debvisor; DELETE FROM metrics WHERE taken_at >= '$month'; ALTER TABLE metrics RENAME TO metrics_before
      ; CREATE TABLE metrics (LIKE metrics_before INCLUDING DEFAULTS) PARTITION BY RANGE (taken_at)
      ; ALTER TABLE metrics ATTACH PARTITION metrics_before FOR VALUES FROM ('2020-01-01') TO ('$month')"`,
    probe: `tail -60 /var/log/debvisor/error.log | grep -q 'no partition of relation "metrics" found for row'`,
    within: 20,
    expect: [[/partition/i, /metrics/]],
    mustNotClaim: [databaseDown],
  },
  {
    // What pg_database says after a move from a host that had the locale.
    id: 'db-locale-missing',
    cause: 'the locale of the database, en_US.UTF-8, is not on this host',
    inject: `runuser -u postgres -- psql -Xq -d postgres -c "UPDATE pg_database SET datcollate = 'en_US.UTF-8', datctype = 'en_US.UTF-8' WHERE datname = 'debvisor'"; restart`,
    probe: `[ "$(api)" = 500 ] && tail -40 /var/log/debvisor/error.log | grep -q 'database locale is incompatible with operating system'`,
    expect: [[/locale/i, /en_US/]],
    mustNotClaim: [databaseDown, /password/i],
  },
  {
    id: 'db-private-tmp',
    cause: 'PrivateTmp=yes of a drop-in hides the socket of PostgreSQL, which is in /tmp',
    inject: `pg_setting "unix_socket_directories = '/var/run/postgresql, /tmp'"; pg_restart; sed -i 's|^  host: localhost|  host: /tmp|' $config; printf '[Service]\\nPrivateTmp=yes\\n' | drop_in debvisor.service; restart`,
    probe: `[ "$(api)" = 500 ] && runuser -u debvisor -- psql -XqAt -h /tmp -c 'SELECT 1' debvisor && tail -40 /var/log/debvisor/error.log | grep -q '"/tmp/.s.PGSQL.5432" failed: No such file'`,
    expect: [[/PrivateTmp/i, /\/tmp/]],
    mustNotClaim: [databaseDown],
  },
  {
    id: 'db-row-security',
    cause: 'row level security of the table hosts hides all its rows: no tenant is set',
    inject: `sql "SET ROLE debvisor; CREATE POLICY tenant ON hosts USING (name LIKE current_setting('debvisor.tenant', true) || '-%'); ALTER TABLE hosts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"`,
    probe: `[ "$(curl -s -m 3 $front/api/v1/hosts)" = '[]' ] && [ "$(sql 'SELECT count(*) FROM hosts')" = 8 ]`,
    expect: [[/row.?(level)?.?security|\bRLS\b|polic(y|ies)/i, /hosts/]],
    mustNotClaim: [databaseDown],
  },
  {
    // The image is made without /dev/shm, so that its cluster is set to sysv; Debian's is posix.
    id: 'db-shared-memory-full',
    cause: 'a file that a program left fills /dev/shm, so that PostgreSQL cannot start',
    inject: `systemctl stop postgresql@15-main; sed -i 's/^dynamic_shared_memory_type = sysv/dynamic_shared_memory_type = posix/' /etc/postgresql/15/main/postgresql.conf; echo 'tmpfs /dev/shm tmpfs rw,nosuid,nodev,noexec,size=4m 0 0' >>/etc/fstab; mount -o remount,size=4m /dev/shm; fill /dev/shm/render.cache; pg_restart`,
    probe: `[ "$(api)" = 500 ] && pg_lsclusters -h | grep -q down && [ "$(df --output=pcent /dev/shm | tail -1 | tr -d ' %')" = 100 ]`,
    expect: [[/\/dev\/shm/, /full|space|100 ?%|size|small/i]],
  },
]

/** The dashboard gets no real-time updates, or old ones. */
const websocket: Unseen<'topic' | 'kind'> = [
  {
    id: 'websocket-sign-on-down',
    cause: 'auth_request of /socket.io/ asks the sign-on on 4180, where nothing listens',
    inject: `sed -i '/location .socket.io/i\\    location = /oauth2/auth {\\n        internal;\\n        proxy_pass http://127.0.0.1:4180;\\n        proxy_pass_request_body off;\\n        proxy_set_header Content-Length "";\\n    }\\n' $site; site_edit '/location .socket.io/a\\        auth_request /oauth2/auth;'; sleep 0.5; handshake $front "$no_header"`,
    probe: `${broken} && [ "$(api)" = 200 ] && [ "$(handshake $front "$no_header")" = 500 ]`,
    expect: [[/auth/i, /4180/]],
    mustNotClaim: [platformDown, upgradeHeaders],
  },
  {
    id: 'websocket-resolver',
    cause: 'nginx asks a resolver at 127.0.0.53, where nothing answers, for the name of the upstream',
    inject: `echo '127.0.0.1 platform.internal' >>/etc/hosts; site_edit '0,/proxy_pass/s|proxy_pass http://127.0.0.1:8080;|resolver 127.0.0.53 valid=10s;\\n        resolver_timeout 1s;\\n        set $platform platform.internal;\\n        proxy_pass http://$platform:8080;|'; sleep 0.5; handshake $front "$no_header"`,
    probe: `${broken} && [ "$(handshake $front "$no_header")" = 502 ] && [ "$(status http://platform.internal:8080/ 2)" = 200 ]`,
    within: 20,
    expect: [[/resolv/i, /127\.0\.0\.53|platform\.internal/]],
    mustNotClaim: [platformDown, upgradeHeaders],
  },
  {
    id: 'websocket-security-policy',
    cause: 'a Content-Security-Policy that nginx adds forbids the browser to connect to this host',
    inject: `printf "# Headers that the scanner asks for.\\nadd_header X-Content-Type-Options nosniff always;\\nadd_header Content-Security-Policy \\"default-src 'self'; connect-src https://api.debvisor.internal\\" always;\\n" >/etc/nginx/conf.d/security-headers.conf; systemctl reload nginx; sleep 0.5`,
    probe: `curl -s -m 3 -o /dev/null -D - $front/ | grep -i '^content-security-policy:' | grep -o 'connect-src[^;]*' | grep -qv self`,
    expect: [[/content.security.policy|\bCSP\b|connect-src/i, /connect-src|security-headers\.conf/]],
    mustNotClaim: [platformDown, upgradeHeaders],
  },
  {
    id: 'websocket-egress-rule',
    cause: 'a rule of nftables refuses what www-data, the user of nginx, sends to 8080',
    inject: `nft add table inet egress; nft 'add chain inet egress out { type filter hook output priority 0; }'; nft add rule inet egress out meta skuid www-data tcp dport '!=' '{ 53, 443 }' tcp flags syn reject with tcp reset; handshake $front "$no_header"`,
    probe: `${broken} && [ "$(api)" = 502 ] && ! runuser -u www-data -- curl -s -m 2 -o /dev/null $direct/`,
    expect: [[/nft|firewall|egress|\brule/i, /8080|www-data|skuid|egress/i]],
    mustNotClaim: [platformDown, upgradeHeaders, /nothing listens/i],
  },
  {
    id: 'websocket-body-directory',
    cause:
      '/var/lib/nginx may be entered by root only: nginx cannot buffer a large message of the polling transport',
    inject: `chmod 700 /var/lib/nginx; ${largeMessage}; large $front`,
    probe: `${largeMessage}; [ "$(large $direct)" = 200 ] && [ "$(large $front)" = 500 ]`,
    expect: [[/\/var\/lib\/nginx/, /permission|mode|own|access|writ|travers|\b0?700\b/i]],
    mustNotClaim: [platformDown, upgradeHeaders, /\bfull\b/i],
  },
]

/** It works, but slowly. Each load stops by itself within 10 minutes. */
const performance: Unseen<'topic' | 'kind'> = [
  {
    id: 'performance-dead-backend',
    cause: 'the upstream has a second server, which is gone: every other request waits for it',
    inject: `printf 'upstream platform {\\n    server 127.0.0.1:8080 max_fails=0;\\n    server 198.18.0.251:8080 max_fails=0;\\n}\\n' >/etc/nginx/conf.d/upstreams.conf; site_edit 's|http://127.0.0.1:8080|http://platform|'; sleep 0.5; clients wall-display $front/api/v1/hosts; sleep 8`,
    probe: `for n in 1 2 3 4 5 6; do curl -s -m 9 -o /dev/null -w '%{http_code} %{time_total}\\n' $front/api/health; done | awk '$1 != 200 { bad = 1 } $2 > 1 { slow = 1 } $2 < 1 { quick = 1 } END { exit !(slow && quick && !bad) }'`,
    within: 30,
    expect: [[/198\.18\.0\.251/, /upstream|backend|server|unreach|no route|host|time|connect|answer/i]],
    mustNotClaim: [platformDown],
  },
  {
    id: 'performance-syn-limit',
    cause: 'a rule of nftables drops what is over two new connections a second to port 80',
    inject: `nft add table inet edge; nft 'add chain inet edge in { type filter hook input priority 0; }'; nft add rule inet edge in tcp dport 80 tcp flags syn limit rate over 2/second burst 3 packets counter drop; for n in 1 2 3; do clients wall-display-$n $front/api/v1/hosts; done; sleep 5`,
    probe: `for n in 1 2 3; do curl -s -m 4 -o /dev/null -w '%{time_total}\\n' $front/api/health; done | awk '$1 > 0.9 { slow = 1 } END { exit !slow }' && [ "$(status $direct/api/health 1)" = 200 ] && nft list table inet edge | grep -qE 'packets [1-9][0-9]'`,
    within: 30,
    expect: [[/nft|firewall|\brule/i, /limit|drop|rate/i, /\b80\b|edge|syn\b|new connections/i]],
    mustNotClaim: [platformDown],
  },
  {
    id: 'performance-invalid-index',
    cause:
      'the index of metrics is invalid since a concurrent build was broken off, so that each dashboard scans the table',
    inject: `sql 'DROP INDEX metrics_host_taken'; sql "INSERT INTO metrics (host_id, taken_at, cpu, memory) SELECT 1 + n % 8, now() - n * interval '1 s', n % 90, n % 70 FROM generate_series(1, 400000) AS n"; sql 'ANALYZE metrics'
      background schema-change --uid=postgres psql -X -d debvisor -c "BEGIN" -c "UPDATE hosts SET state = state WHERE id = 8" -c "SELECT pg_sleep(8)" -c "COMMIT"; sleep 1
      runuser -u postgres -- psql -Xq -d debvisor -c "SET statement_timeout = '4s'" -c 'CREATE INDEX CONCURRENTLY metrics_host_taken ON metrics (host_id, taken_at)'
      for n in 1 2 3; do clients wall-display-$n "$direct/api/v1/metrics?host=$n"; done; sleep 2`,
    probe: `[ "$(sql "SELECT NOT indisvalid FROM pg_index WHERE indexrelid = 'metrics_host_taken'::regclass")" = t ] && [ "$(sql "SELECT seq_tup_read > 3000000 FROM pg_stat_user_tables WHERE relname = 'metrics'")" = t ]`,
    within: 30,
    expect: [[/metrics_host_taken/, /invalid|not valid|indisvalid|REINDEX/i]],
  },
  {
    id: 'performance-thread-limit',
    cause: 'TasksMax=24 of a drop-in: the open dashboards hold all threads, and other requests get none',
    inject: `printf '[Service]\\nTasksMax=24\\n' | drop_in debvisor.service; restart; ${dashboards(30)}; sleep 3; api`,
    probe: `[ "$(unit ActiveState)" = active ] && [ "$(unit TasksCurrent)" -ge 23 ] && [ "$(api)" != 200 ] && journalctl -u debvisor -n 200 | grep -q "can't start new thread"`,
    within: 20,
    expect: [[/debvisor/, /TasksMax|task limit|\btasks\b|threads?\b|\bpids\b/i, /\b24\b|limit|TasksMax/i]],
    mustNotClaim: [platformDown, upgradeHeaders],
  },
  {
    id: 'performance-dead-rows',
    cause:
      'a transaction of nightly-audit, left open, keeps vacuum from the dead rows of hosts: each look at eight hosts reads them all',
    inject: `
      background nightly-audit --uid=postgres python3 -c "
import psycopg2, time
one = psycopg2.connect('dbname=debvisor application_name=nightly-audit')
one.set_session(isolation_level='REPEATABLE READ')
one.cursor().execute('SELECT count(*) FROM metrics')
time.sleep(520)
"
      sleep 2; sql "BEGIN; SET LOCAL session_replication_role = replica; INSERT INTO hosts (name) SELECT 'import' || n FROM generate_series(1, 300000) AS n; DELETE FROM hosts WHERE name LIKE 'import%'; COMMIT"
      sql 'VACUUM ANALYZE hosts'; clients wall-display $direct/api/v1/hosts; sleep 3`,
    probe: `[ "$(sql "SELECT n_dead_tup > 200000 FROM pg_stat_user_tables WHERE relname = 'hosts'")" = t ] && sql 'EXPLAIN (ANALYZE, BUFFERS) SELECT id, name, state FROM hosts ORDER BY name' | grep -qE 'hit=[0-9]{4}' && [ "$(sql 'SELECT count(*) FROM hosts')" = 8 ] && [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'nightly-audit' AND backend_xmin IS NOT NULL")" = 1 ]`,
    within: 30,
    expect: [[/vacuum|dead (rows|tuples)|bloat|xmin/i, /nightly-audit|idle in transaction/i]],
    mustNotClaim: [databaseDown],
  },
]

/** A second round of faults whose author had not seen the rules. */
export const moreUnseenFaults: Unseen<'kind'> = [
  ...service.map((one) => ({ ...one, topic: 'service' }) as const),
  ...db.map((one) => ({ ...one, topic: 'db' }) as const),
  ...websocket.map((one) => ({ ...one, topic: 'websocket' }) as const),
  ...performance.map((one) => ({ ...one, topic: 'performance' }) as const),
]

/** Two faults, both to be named; or a fault beside something that is not the cause. */
export const moreUnseenPairs: Unseen<'kind'> = [
  {
    id: 'pair-address-families-and-old-port-error',
    topic: 'service',
    cause:
      'RestrictAddressFamilies of a drop-in leaves out IPv4; an old error about the port is in the log, and another program listens on 8081',
    inject: `printf '2023-02-01 03:00:00,000 CRITICAL debvisor: cannot start: [Errno 98] cannot listen on 0.0.0.0:8080: Address already in use\\n' >>/var/log/debvisor/error.log
      background metrics-exporter python3 -m http.server 8081; printf '[Service]\\nNoNewPrivileges=yes\\nRestrictAddressFamilies=AF_UNIX AF_NETLINK\\n' | drop_in debvisor.service; restart`,
    probe: `is_failed && journalctl -u debvisor -n 60 | grep -q 'Address family not supported' && ss -Hltn sport = :8081 | grep -q 8081`,
    expect: [[/RestrictAddressFamilies/i]],
    mustNotClaim: [/8080.*(taken|in use|held)/i, /metrics-exporter/],
  },
  {
    id: 'pair-overridden-password-and-backup-login',
    topic: 'db',
    cause:
      '/etc/default/debvisor, which the unit reads after .env, has an old password; a backup program tries a wrong one of its own',
    inject: `background offsite-backup sh -c 'end=$(($(date +%s) + 500)); while [ $(date +%s) -lt $end ]; do PGPASSWORD=changeme psql -h localhost -U backup -d postgres -c "SELECT 1"; sleep 3; done'
      printf '# Written by the installer of 2.1.\\nDATABASE_PASSWORD=%s\\n' "$(openssl rand -hex 12)" >/etc/default/debvisor; chmod 640 /etc/default/debvisor
      printf '[Service]\\nEnvironmentFile=-/etc/default/debvisor\\n' | drop_in debvisor.service; restart`,
    probe: `[ "$(api)" = 500 ] && tail -40 /var/log/debvisor/error.log | grep -q 'password authentication failed for user "debvisor"' && . /opt/debvisor/.env && PGPASSWORD=$DATABASE_PASSWORD psql -XqAt -h localhost -U debvisor -c 'SELECT 1' debvisor && tail -40 /var/log/postgresql/postgresql-15-main.log | grep -q 'user "backup"'`,
    expect: [[/password/i, /\/etc\/default\/debvisor/]],
    mustNotClaim: [/backup/, databaseDown, /expire/i],
  },
  {
    id: 'pair-tls-upstream-and-idle-sessions',
    topic: 'websocket',
    cause:
      'nginx speaks TLS to the platform, which speaks none; idle_session_timeout of the role ends the connections of its pool, so that every other round of metrics is lost',
    inject: `sql "ALTER ROLE debvisor SET idle_session_timeout = '2s'"; restart; site_edit '0,/proxy_pass/s|http://127.0.0.1:8080|https://127.0.0.1:8080|'; sleep 0.5; handshake $front "$no_header"`,
    probe: `${broken} && [ "$(handshake $front "$no_header")" = 502 ] && tail -60 /var/log/debvisor/error.log | grep -q 'connection has been closed unexpectedly' && grep -q 'debvisor@debvisor FATAL:  terminating connection due to idle-session timeout' /var/log/postgresql/postgresql-15-main.log`,
    within: 25,
    expect: [
      [/\bhttps\b|\bTLS\b|\bSSL\b/i, /8080|proxy_pass|upstream/i],
      [/idle.session.timeout/i, /debvisor/],
    ],
    mustNotClaim: [platformDown, upgradeHeaders],
  },
]

/** Hosts that look odd and are well. */
export const moreUnseenHealthyHosts: Unseen<'kind' | 'expect'> = [
  {
    id: 'healthy-hardened-unit',
    topic: 'service',
    cause: 'a drop-in sets limits and a sandbox that leave the platform all that it needs',
    inject: `printf '[Service]\\nMemoryMax=400M\\nTasksMax=200\\nCPUQuota=150%%\\nLimitNOFILE=4096\\nNoNewPrivileges=yes\\nPrivateTmp=yes\\nProtectHome=yes\\nProtectSystem=strict\\nReadWritePaths=/var/lib/debvisor /var/log/debvisor\\nRestrictAddressFamilies=AF_UNIX AF_INET AF_INET6\\nEnvironmentFile=-/etc/default/debvisor\\n' | drop_in debvisor.service; restart; sleep 1`,
    probe: `${fine} && [ "$(unit ProtectSystem)" = strict ] && [ "$(unit TasksMax)" = 200 ]`,
  },
  {
    id: 'healthy-locked-out-role',
    topic: 'db',
    cause:
      'pg_hba.conf rejects the role of a former contractor, whose password has expired too; a setting waits for a restart',
    inject: `sql "CREATE ROLE contractor LOGIN PASSWORD 'winter' VALID UNTIL '2024-01-01' CONNECTION LIMIT 0"; sed -i '1i host all contractor all reject' $hba; pg_setting 'max_connections = 120'; systemctl reload postgresql@15-main; sleep 0.5; for n in 1 2 3; do PGPASSWORD=winter psql -h localhost -U contractor -d debvisor -c 'SELECT 1' 2>/dev/null || true; done`,
    probe: `${fine} && grep -q 'pg_hba.conf rejects connection for host "[^"]*", user "contractor"' /var/log/postgresql/postgresql-15-main.log && [ "$(sql "SELECT pending_restart FROM pg_settings WHERE name = 'max_connections'")" = t ]`,
  },
  {
    id: 'healthy-firewall',
    topic: 'websocket',
    cause: 'a firewall drops what is not for it: logins, pages and the host’s own traffic pass',
    inject: `printf 'table inet filter {\\n  chain input {\\n    type filter hook input priority 0; policy drop;\\n    iif lo accept\\n    ct state established,related accept\\n    meta l4proto { icmp, ipv6-icmp } accept\\n    tcp dport { 22, 80 } accept\\n    tcp dport { 5432, 8080 } counter drop\\n  }\\n}\\n' >/etc/nftables.conf; nft -f /etc/nftables.conf`,
    probe: `${fine} && nft list chain inet filter input | grep -q 'policy drop'`,
  },
]
