import { type Fault, fine } from './fault.ts'

type Unseen<Given extends keyof Fault> = readonly Omit<Fault, Given | 'unseen'>[]

const databaseDown = /PostgreSQL is (down|not running)|cluster .* is down/i
const platformDown = /debvisor.* (is down|failed|stopped|not running)/i
const nginxDown = /nginx.* (is down|failed|stopped|not running)/i

const front = 'http://127.0.0.1'
const errors = '/var/log/debvisor/error.log'
const cluster = '/etc/postgresql/15/main'

/** A user who opens these addresses again and again, for 20 s before somebody asks. */
const visits = (...addresses: string[]): string => {
  const each = addresses.map((one) => `curl -s -o /dev/null -m 20 "${one}"`).join('; ')
  return `background wall-display sh -c 'for n in $(seq 160); do ${each}; sleep 2; done'; sleep 20`
}

/** A unit that runs one command, and a timer that starts it every so many seconds. */
const regularly = (name: string, seconds: number, command: string): string => `
  printf '[Unit]\\nDescription=${name}\\n\\n[Service]\\nType=oneshot\\nExecStart=${command}\\n' >/etc/systemd/system/${name}.service
  printf '[Unit]\\nDescription=${name}\\n\\n[Timer]\\nOnActiveSec=1s\\nOnUnitActiveSec=${seconds}s\\nAccuracySec=1s\\n\\n[Install]\\nWantedBy=timers.target\\n' >/etc/systemd/system/${name}.timer
  systemctl daemon-reload; systemctl enable -q --now ${name}.timer`

/** events SECONDS: how many updates a dashboard gets in that time. */
const events = `events() { curl -s -N -m "$1" -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==' '${front}/socket.io/?EIO=4&transport=websocket' | grep -ao '42."metrics"' | wc -l; }`

const byteOrderMark = `printf '\\357\\273\\277' >/tmp/config.new; cat $config >>/tmp/config.new; cat /tmp/config.new >$config; rm /tmp/config.new; restart`

const longName =
  'dashboard-of-the-operations-centre.building-seven.north-campus.infrastructure.example-company-holding.example'

const otherSite = `printf 'server {\\n    listen 80;\\n    server_name ${longName};\\n    root /var/www/html;\\n}\\n' >/etc/nginx/conf.d/operations.conf; systemctl restart nginx`

const identLogin = `sed -i -E 's|^(host +all +all +(127.0.0.1/32\\|::1/128) +)scram-sha-256|\\1ident|' $hba; systemctl reload $pg_unit; sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'debvisor'"`

const internalLocation = `site_edit '/location .socket.io/a\\        internal;'`

/** The job that keeps metrics small, with a number of days in a wrong unit. */
const retention = regularly(
  'metrics-retention',
  3,
  `/usr/sbin/runuser -u postgres -- /usr/bin/psql -Xq -d debvisor -c "DELETE FROM metrics WHERE taken_at < now() - interval \\'\\''7 seconds\\'\\''"`,
)

/** How it starts, and how it stops. */
const service: Unseen<'topic' | 'kind'> = [
  {
    id: 'service-log-pipe',
    cause:
      'error.log is a named pipe since a log shipper was tried: nobody reads it, and the platform waits at its start',
    inject: `rm ${errors}; mkfifo -m 640 ${errors}; chown debvisor:adm ${errors}; systemctl --no-block restart debvisor; sleep 8`,
    probe: `[ "$(api)" = 502 ] && [ -p ${errors} ] && [ "$(unit ActiveState)" != active ]`,
    expect: [[/error\.log/, /pipe|fifo/i]],
    mustNotClaim: [databaseDown],
    object: /error\.log/,
  },
  {
    id: 'service-byte-order-mark',
    cause: 'an editor of Windows put a byte order mark before the first line of config.yaml',
    inject: byteOrderMark,
    probe: `is_failed && [ "$(api)" = 502 ] && ! debvisor-cli config validate`,
    expect: [[/config\.yaml/, /byte.?order|\bBOM\b|line 1\b|yaml:1\b/i]],
    mustNotClaim: [databaseDown],
    object: /config\.yaml/,
  },
  {
    id: 'service-stop-post',
    cause:
      'ExecStopPost of a drop-in waits for a lock that the nightly archive holds: a restart never gets past the stop',
    inject: `
      printf '#!/bin/sh\\n# Keep the last snapshot.\\nexec flock /run/lock/archive.lock cp /var/lib/debvisor/snapshot.json /var/tmp/snapshot.last\\n' >/usr/local/sbin/keep-snapshot; chmod 755 /usr/local/sbin/keep-snapshot
      background nightly-archive flock /run/lock/archive.lock sleep 530; sleep 1
      printf '[Service]\\nExecStopPost=+/usr/local/sbin/keep-snapshot\\nTimeoutStopSec=infinity\\n' | drop_in debvisor.service; systemctl --no-block restart debvisor; sleep 4`,
    probe: `[ "$(api)" = 502 ] && [ "$(unit ActiveState)" = deactivating ]`,
    expect: [[/ExecStopPost|keep-snapshot|stop-post|archive\.lock|nightly-archive/]],
    mustNotClaim: [databaseDown],
    object: /override\.conf|keep-snapshot|ExecStopPost|nightly-archive/,
  },
  {
    id: 'service-waiting-job',
    cause:
      'a drop-in orders the platform after storage-ready.service, which waits for a file that never comes: its start is queued for ever',
    inject: `
      printf '[Unit]\\nDescription=Wait for the storage\\n\\n[Service]\\nType=oneshot\\nRemainAfterExit=yes\\nTimeoutStartSec=infinity\\nExecStart=/bin/sh -c "until [ -e /srv/storage/.ready ]; do sleep 2; done"\\n' >/etc/systemd/system/storage-ready.service
      printf '[Unit]\\nWants=storage-ready.service\\nAfter=storage-ready.service\\n' | drop_in debvisor.service; systemctl stop debvisor; systemctl --no-block start debvisor; sleep 2`,
    probe: `[ "$(api)" = 502 ] && [ "$(unit ActiveState)" = inactive ] && systemctl list-jobs --no-legend | grep -q 'debvisor.service.*waiting'`,
    expect: [[/storage-ready/]],
    mustNotClaim: [databaseDown],
    object: /storage-ready|override\.conf/,
  },
  {
    id: 'service-library-path',
    cause:
      'LD_LIBRARY_PATH in .env puts the libraries of another product first, whose libpq.so.5 psycopg2 cannot use',
    inject: `install -d /opt/collector/lib; cp /usr/lib/x86_64-linux-gnu/libz.so.1 /opt/collector/lib/libpq.so.5; echo 'LD_LIBRARY_PATH=/opt/collector/lib' >>/opt/debvisor/.env; restart`,
    probe: `is_failed && [ "$(api)" = 502 ] && runuser -u debvisor -- /usr/bin/python3 -c 'import psycopg2'`,
    expect: [[/LD_LIBRARY_PATH|\/opt\/collector/]],
    mustNotClaim: [databaseDown],
    object: /LD_LIBRARY_PATH|\/opt\/collector/,
  },
  {
    id: 'service-forking',
    cause:
      'Type=forking of a drop-in: the platform stays in the foreground, so that systemd ends it after 15 s, again and again',
    inject: `printf '[Service]\\nType=forking\\n' | drop_in debvisor.service; systemctl --no-block restart debvisor; sleep 18`,
    probe: `[ "$(unit ActiveState)" != active ] && [ "$(unit Type)" = forking ] && journalctl -q -u debvisor -n 40 -o cat | grep -qi 'timed out'`,
    within: 30,
    expect: [[/forking/]],
    mustNotClaim: [databaseDown],
    object: /override\.conf|forking/,
  },
]

/** Which database answers, and what it lets in. */
const db: Unseen<'topic' | 'kind'> = [
  {
    id: 'db-other-cluster',
    cause:
      'a new cluster, 15/next, has port 5432 and only roles and empty databases; the data are in 15/main, which is on 5433 now',
    inject: `
      role=$(sql "SELECT rolpassword FROM pg_authid WHERE rolname = 'debvisor'")
      sed -i 's/^port = .*/port = 5433/' ${cluster}/postgresql.conf; pg_restart
      pg_createcluster -p 5432 15 next >/dev/null; systemctl daemon-reload; systemctl start postgresql@15-next
      runuser -u postgres -- psql -Xq -p 5432 -c "CREATE ROLE debvisor LOGIN PASSWORD '$role'" -c 'CREATE DATABASE debvisor OWNER debvisor'
      restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(status $front/api/v1/hosts 3)" = 500 ] && grep -q 'relation "hosts" does not exist' ${errors}`,
    within: 20,
    expect: [[/next/, /5432|5433|cluster/]],
    mustNotClaim: [databaseDown, platformDown],
    object: /15\/next|postgresql@15-next|5433|15\/main/,
  },
  {
    id: 'db-ident-login',
    cause:
      'pg_hba.conf asks an ident server for the logins over TCP, and this host has none: the platform is refused',
    inject: `${identLogin}; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(api)" = 500 ] && grep -q 'Ident authentication failed' ${errors}`,
    within: 20,
    expect: [[/\bident\b/i, /pg_hba/]],
    mustNotClaim: [databaseDown, /password is (wrong|not)/i],
    object: /pg_hba\.conf/,
  },
  {
    id: 'db-retention-job',
    cause: 'metrics-retention.timer deletes what is older than 7 seconds, and not days: the history is gone',
    inject: `${retention}; ${visits(`${front}/api/v1/metrics?host=2`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(curl -s -m 3 "$front/api/v1/metrics?host=2" | grep -o '"at"' | wc -l)" -lt 5 ] && [ "$(status "$front/api/v1/metrics?host=2" 3)" = 200 ]`,
    expect: [[/metrics-retention/]],
    mustNotClaim: [databaseDown, platformDown],
    object: /metrics-retention/,
  },
  {
    id: 'db-view-of-hosts',
    cause: 'a migration made hosts a view with DISTINCT over another table: it can be read, but not updated',
    inject: `sql 'ALTER TABLE hosts RENAME TO machines; CREATE VIEW hosts AS SELECT DISTINCT ON (id) id, name, state, seen_at FROM machines ORDER BY id; ALTER VIEW hosts OWNER TO debvisor'; restart; ${visits(`${front}/api/v1/touch?host=3`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(status $front/api/v1/touch 3)" = 500 ] && [ "$(status $front/api/v1/hosts 3)" = 200 ] && grep -q 'cannot update view' ${errors}`,
    expect: [[/\bhosts\b/, /\bview\b/i]],
    mustNotClaim: [databaseDown, platformDown],
    object: /view\b.*hosts|hosts.*\bview\b|machines/is,
  },
]

/** What nginx is told, and what the collector waits for. */
const websocket: Unseen<'topic' | 'kind'> = [
  {
    id: 'websocket-names-hash',
    cause:
      'the name of a site in conf.d is too long for server_names_hash_bucket_size: nginx was restarted and does not start',
    inject: otherSite,
    probe: `[ "$(api)" = 000 ] && [ "$(status $direct/api/health 3)" = 200 ] && nginx -t 2>&1 | grep -q server_names_hash`,
    expect: [[/server_names_hash/]],
    mustNotClaim: [databaseDown, platformDown],
    object: /operations\.conf/,
  },
  {
    id: 'websocket-duplicate-default',
    cause:
      'a package brought a site that is default_server of port 80 too: nginx was restarted and does not start',
    inject: `printf 'server {\\n    listen 80 default_server;\\n    root /var/www/html;\\n    index index.nginx-debian.html;\\n}\\n' >/etc/nginx/conf.d/status-page.conf; systemctl restart nginx`,
    probe: `[ "$(api)" = 000 ] && [ "$(status $direct/api/health 3)" = 200 ] && nginx -t 2>&1 | grep -q 'duplicate default server'`,
    expect: [[/duplicate default|default_server|two default/i, /status-page\.conf/]],
    mustNotClaim: [databaseDown, platformDown],
    object: /status-page\.conf/,
  },
  {
    id: 'websocket-internal',
    cause: 'the location /socket.io/ is internal: nginx answers 404 to everybody from outside',
    inject: `${internalLocation}; ${visits(`${front}/socket.io/?EIO=4&transport=polling`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(handshake $front "$no_header")" = 404 ] && [ "$(handshake $direct "$no_header")" = 101 ]`,
    expect: [[/\binternal\b/, /socket\.io/]],
    mustNotClaim: [databaseDown, platformDown, /upgrade header/i],
    object: /\binternal;/,
  },
  {
    id: 'websocket-host-check',
    cause:
      'an if of nginx closes every connection whose Host is not dashboard.example.com, the name of the old server: 444',
    inject: `site_edit '/server_name/a\\    if ($host != dashboard.example.com) {\\n        return 444;\\n    }'; ${visits(`${front}/`)}`,
    probe: `curl -s -o /dev/null -m 3 $front/; [ $? = 52 ] && [ "$(status $direct/ 3)" = 200 ]`,
    expect: [[/444|dashboard\.example\.com/, /host|name|nginx/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown],
    object: /444|dashboard\.example\.com/,
  },
  {
    id: 'websocket-snapshot-pipe',
    cause:
      'snapshot.json.new is a named pipe that nobody reads: the collector waits there without a word, and no update comes',
    inject: `rm -f /var/lib/debvisor/snapshot.json.new; mkfifo /var/lib/debvisor/snapshot.json.new; chown debvisor:debvisor /var/lib/debvisor/snapshot.json.new; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `${events}; [ "$(api)" = 200 ] && [ "$(handshake $front "$no_header")" = 101 ] && [ "$(events 8)" = 0 ]`,
    within: 30,
    expect: [[/snapshot\.json\.new/, /pipe|fifo|wait|block/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown],
    object: /snapshot\.json\.new/,
  },
]

const performance: Unseen<'topic' | 'kind'> = [
  {
    id: 'performance-policed',
    cause:
      'a rule of nftables drops what the platform sends beyond 6 kB a second: pages of more than a few lines take seconds',
    inject: `nft add table inet shaping; nft 'add chain inet shaping out { type filter hook output priority 0; }'; nft add rule inet shaping out tcp sport 8080 limit rate over 6 kbytes/second burst 6 kbytes drop; ${visits(`${front}/api/v1/metrics?host=2`)}`,
    probe: `hits=0; for n in 1 2 3 4; do curl -s -o /dev/null -m 12 -w '%{time_total}\\n' "$front/api/v1/metrics?host=$n" | awk '{ exit !($1 > 0.7) }' && hits=$((hits + 1)); done; [ $hits -ge 2 ]`,
    within: 40,
    expect: [[/nft|firewall|packet filter|shaping/i, /8080|shaping|kbytes/]],
    mustNotClaim: [databaseDown, platformDown, nginxDown],
    object: /shaping|kbytes|sport 8080/,
  },
]

export const sixthUnseenFaults: Unseen<'kind'> = [
  ...service.map((one) => ({ ...one, topic: 'service' }) as const),
  ...db.map((one) => ({ ...one, topic: 'db' }) as const),
  ...websocket.map((one) => ({ ...one, topic: 'websocket' }) as const),
  ...performance.map((one) => ({ ...one, topic: 'performance' }) as const),
]

/** Something loud that is harmless, or has ended, or cannot be asked, beside the one cause. */
const lookAlikes: Unseen<'kind'> = [
  {
    id: 'lookalike-ended-stop-and-download',
    topic: 'service',
    cause:
      'a header of nginx, Content-Disposition, makes browsers save each page; PostgreSQL was away for a while and is back',
    inject: `
      systemctl stop $pg_unit; for n in 1 2 3 4 5 6 7 8; do api >/dev/null; sleep 1; done; systemctl start $pg_unit; sleep 3
      printf 'add_header X-Frame-Options DENY always;\\nadd_header Content-Disposition attachment always;\\n' >/etc/nginx/conf.d/headers.conf; systemctl reload nginx; ${visits(`${front}/`)}`,
    probe: `[ "$(api)" = 200 ] && curl -s -m 3 -D - -o /dev/null $front/ | grep -qi '^content-disposition: attachment' && grep -q 'onnection refused' ${errors}`,
    expect: [[/Content-Disposition/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown],
    object: /Content-Disposition|headers\.conf/i,
  },
  {
    id: 'lookalike-scanner-and-session-library',
    topic: 'db',
    cause:
      'the role is to load the library pgaudit into each session, which is not installed: its logins fail; a scanner that gets 404 and 400 is harmless',
    inject: `
      background asset-scanner sh -c "while :; do curl -s -o /dev/null -m 5 $front/wp-login.php; curl -s -o /dev/null -m 5 '$front/socket.io/?EIO=3&transport=polling'; curl -s -o /dev/null -m 5 $front/.env; sleep 0.5; done"
      sql "ALTER ROLE debvisor SET session_preload_libraries = 'pgaudit'"; sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'debvisor'"; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(api)" = 500 ] && grep -q 'could not access file "pgaudit"' ${errors} && tail -50 /var/log/nginx/debvisor.access.log | grep -q wp-login`,
    within: 20,
    expect: [[/session_preload_libraries|pgaudit/]],
    mustNotClaim: [databaseDown, platformDown, /EIO|protocol version|client version/i],
    object: /session_preload_libraries|pgaudit/,
  },
  {
    id: 'lookalike-no-tools-and-port',
    topic: 'websocket',
    cause:
      'config.yaml has the platform listen on 8090 and nginx asks 8080; neither ss nor netstat is there, and the journal is kept nowhere',
    inject: `
      rm -f /usr/bin/ss /bin/ss /usr/bin/netstat /bin/netstat
      mkdir -p /etc/systemd/journald.conf.d; printf '[Journal]\\nStorage=none\\n' >/etc/systemd/journald.conf.d/none.conf; systemctl restart systemd-journald
      sed -i 's/^  port: 8080/  port: 8090/' $config; restart; sleep 1; ${visits(`${front}/`)}`,
    probe: `[ "$(api)" = 502 ] && [ "$(unit ActiveState)" = active ] && [ "$(status http://127.0.0.1:8090/api/health 3)" = 200 ] && ! command -v ss`,
    expect: [[/8090/]],
    mustNotClaim: [databaseDown, platformDown],
    object: /8090/,
  },
  {
    id: 'lookalike-stray-origin-and-reloads',
    topic: 'websocket',
    cause:
      'certificate-refresh.timer reloads nginx every 10 s, whose worker_shutdown_timeout of 3 s cuts each WebSocket; a developer’s page of another origin is refused, rightly',
    inject: `
      background dev-page sh -c "while :; do curl -s -o /dev/null -m 3 -H 'Origin: http://localhost:5173' '$front/socket.io/?EIO=4&transport=polling'; sleep 1; done"
      sed -i '1i worker_shutdown_timeout 3s;' /etc/nginx/nginx.conf
      ${regularly('certificate-refresh', 10, '/usr/bin/systemctl reload nginx')}; ${visits(`${front}/`)}`,
    probe: `start=$(date +%s); curl -s -o /dev/null -m 30 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==' '${front}/socket.io/?EIO=4&transport=websocket'; left=$?; [ $left != 28 ] && [ $(($(date +%s) - start)) -ge 2 ] && grep -q 'not an accepted origin' ${errors}`,
    within: 60,
    expect: [[/certificate-refresh|worker_shutdown_timeout/, /reload|shutdown|cut|timer/i]],
    mustNotClaim: [databaseDown, platformDown, /origin/i],
    object: /certificate-refresh|worker_shutdown_timeout/,
  },
]

const pairs: Unseen<'kind'> = [
  {
    id: 'pair-byte-order-mark-and-names-hash',
    topic: 'service',
    cause:
      'config.yaml begins with a byte order mark; the name of a site is too long for server_names_hash_bucket_size of nginx',
    inject: `${byteOrderMark}; ${otherSite}`,
    probe: `is_failed && ! systemctl is-active -q nginx && nginx -t 2>&1 | grep -q server_names_hash`,
    expect: [[/config\.yaml/, /byte.?order|\bBOM\b|line 1\b|yaml:1\b/i], [/server_names_hash/]],
    mustNotClaim: [databaseDown],
    object: [/config\.yaml/, /operations\.conf/],
  },
  {
    id: 'pair-ident-and-internal',
    topic: 'db',
    cause: 'pg_hba.conf asks an ident server, which is not there; the location /socket.io/ is internal',
    inject: `${identLogin}; ${internalLocation}; ${visits(`${front}/api/v1/hosts`, `${front}/socket.io/?EIO=4&transport=polling`)}`,
    probe: `[ "$(api)" = 500 ] && grep -q 'Ident authentication failed' ${errors} && [ "$(handshake $front "$no_header")" = 404 ] && [ "$(handshake $direct "$no_header")" = 101 ]`,
    within: 20,
    expect: [
      [/\bident\b/i, /pg_hba/],
      [/\binternal\b/, /socket\.io/],
    ],
    mustNotClaim: [databaseDown, platformDown],
    object: [/pg_hba\.conf/, /\binternal;/],
  },
  {
    id: 'pair-retention-and-view',
    topic: 'db',
    cause:
      'metrics-retention.timer deletes what is older than 7 seconds; hosts is a view with DISTINCT, which cannot be updated',
    inject: `${retention}; sql 'ALTER TABLE hosts RENAME TO machines; CREATE VIEW hosts AS SELECT DISTINCT ON (id) id, name, state, seen_at FROM machines ORDER BY id; ALTER VIEW hosts OWNER TO debvisor'; restart; ${visits(`${front}/api/v1/touch?host=3`, `${front}/api/v1/metrics?host=2`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(status $front/api/v1/touch 3)" = 500 ] && [ "$(curl -s -m 3 "$front/api/v1/metrics?host=2" | grep -o '"at"' | wc -l)" -lt 5 ]`,
    expect: [[/metrics-retention/], [/\bhosts\b/, /\bview\b/i]],
    mustNotClaim: [databaseDown, platformDown],
    object: [/metrics-retention/, /view\b.*hosts|hosts.*\bview\b|machines/is],
  },
]

export const sixthUnseenPairs: Unseen<'kind'> = [...lookAlikes, ...pairs]

/** Unusual, and well. */
export const sixthUnseenHealthyHosts: Unseen<'kind' | 'expect'> = [
  {
    id: 'healthy-moved-cluster',
    topic: 'db',
    cause:
      'the data were moved to the cluster 15/platform on 5433, which config.yaml names; 15/main is there, stopped and disabled',
    inject: `
      role=$(sql "SELECT rolpassword FROM pg_authid WHERE rolname = 'debvisor'"); systemctl stop debvisor
      runuser -u postgres -- pg_dump -Fc debvisor >/var/tmp/debvisor.dump
      pg_createcluster -p 5433 15 platform >/dev/null; systemctl daemon-reload; systemctl start postgresql@15-platform
      runuser -u postgres -- psql -Xq -p 5433 -c "CREATE ROLE debvisor LOGIN PASSWORD '$role'" -c 'CREATE DATABASE debvisor OWNER debvisor'
      runuser -u postgres -- pg_restore -p 5433 -d debvisor </var/tmp/debvisor.dump
      systemctl stop $pg_unit; echo disabled >${cluster}/start.conf; systemctl daemon-reload
      sed -i 's/^  port: 5432/  port: 5433/' $config; systemctl start debvisor; sleep 2`,
    probe: `${fine} && pg_isready -q -h localhost -p 5433 && ! pg_isready -q -h localhost -p 5432`,
    within: 20,
  },
  {
    id: 'healthy-two-hops',
    topic: 'websocket',
    cause:
      'nginx passes to a server of its own on 8079, which adds headers and passes to the platform; both hand upgrades on',
    inject: `
      printf 'server {\\n    listen 127.0.0.1:8079;\\n    location / {\\n        proxy_pass http://127.0.0.1:8080;\\n        proxy_http_version 1.1;\\n        proxy_set_header Host $http_host;\\n        proxy_set_header Upgrade $http_upgrade;\\n        proxy_set_header Connection $http_connection;\\n        proxy_read_timeout 1h;\\n        add_header X-Served-By inner;\\n    }\\n}\\n' >/etc/nginx/conf.d/inner.conf
      site_edit 's|http://127.0.0.1:8080|http://127.0.0.1:8079|'; sleep 1`,
    probe: `${fine} && curl -s -m 3 -D - -o /dev/null $front/ | grep -qi '^x-served-by: inner'`,
  },
  {
    id: 'healthy-renamed-role',
    topic: 'db',
    cause:
      'role and database have other names, which config.yaml has too; a role of the old name is left, without a login',
    inject: `
      systemctl stop debvisor; sleep 1; password=$(sed -n s/^DATABASE_PASSWORD=//p /opt/debvisor/.env)
      runuser -u postgres -- psql -Xq -d postgres -c 'ALTER DATABASE debvisor RENAME TO fleet' -c 'ALTER ROLE debvisor RENAME TO fleet_app' -c "ALTER ROLE fleet_app PASSWORD '$password'" -c 'CREATE ROLE debvisor NOLOGIN'
      sed -i 's/^  name: debvisor/  name: fleet/; s/^  user: debvisor/  user: fleet_app/' $config; systemctl start debvisor; sleep 2`,
    probe: `${fine} && grep -q 'user: fleet_app' $config`,
  },
]
