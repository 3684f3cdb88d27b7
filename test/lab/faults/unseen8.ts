import { type Fault, fine } from './fault.ts'

type Unseen<Given extends keyof Fault> = readonly Omit<Fault, Given | 'unseen'>[]

const databaseDown = /PostgreSQL is (down|not running)|cluster .* is down/i
const platformDown = /debvisor.* (is down|failed|stopped|not running)/i
const nginxDown = /nginx.* (is down|failed|stopped|not running)/i

const front = 'http://127.0.0.1'
const errors = '/var/log/debvisor/error.log'
const frontErrors = '/var/log/nginx/*error.log'
const cluster = '/var/lib/postgresql/15/main'

/** A user who opens these addresses again and again, for 12 s before somebody asks. */
const visits = (...addresses: string[]): string => {
  const each = addresses.map((one) => `curl -sk -o /dev/null -m 20 "${one}"`).join('; ')
  return `background wall-display sh -c 'for n in $(seq 250); do ${each}; sleep 1; done'; sleep 12`
}

/** The same for the panel: one who is not signed in, with the name of the site. */
const panelVisits = (...paths: string[]): string => {
  const each = paths
    .map(
      (one) =>
        `curl -sk --compressed -o /dev/null -m 20 -H "Host: panel.debvisor.local" https://127.0.0.1${one}`,
    )
    .join('; ')
  return `background wall-display sh -c 'for n in $(seq 150); do ${each}; sleep 3; done'`
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

/** Exit 0 where the path takes so many seconds or more. */
const slow = (url: string, seconds: number): string =>
  `awk "BEGIN { exit !($(curl -s -o /dev/null -m 20 -w '%{time_total}' ${url}) >= ${seconds}) }"`

const panelJson = (path: string): string =>
  `browser stats >/dev/null; curl -sk -m 8 -H "Host: $name" -H "Cookie: $(cat /root/.panel-cookie)" $front${path}`

const onGuide: Unseen<'kind'> = [
  {
    id: 'service-umask',
    topic: 'service',
    cause:
      'UMask=0777 of a hardening drop-in, meant as 0077: what the platform makes itself, it may not open again, as its own lock at the next start',
    inject: `
      rm -f /var/lib/debvisor/debvisor.lock
      printf '# Nobody else reads our files.\\n[Service]\\nUMask=0777\\nNoNewPrivileges=yes\\n' | drop_in debvisor.service; restart; sleep 7; restart`,
    probe: `[ "$(unit ActiveState)" != active ] && [ "$(stat -c %a /var/lib/debvisor/debvisor.lock)" = 0 ] && journalctl -q -u debvisor -n 40 -o cat | grep -q 'Permission denied'`,
    expect: [[/umask/i]],
    mustNotClaim: [databaseDown, nginxDown],
    object: /UMask|override\.conf/,
  },
  {
    id: 'service-kill-mode',
    topic: 'service',
    cause:
      'KillMode=process of a drop-in, with a shell around the program: a stop ends the shell only, and the platform of before keeps port 8080 from each new one',
    inject: `
      drop_in debvisor.service <<'END'
# Keeps what it prints.
[Service]
NotifyAccess=all
KillMode=process
ExecStart=
ExecStart=/bin/sh -c '/opt/debvisor/bin/debvisor-server --config /etc/debvisor/config.yaml 2>&1 | tee -a /var/log/debvisor/console.log'
END
      restart; sleep 3; sed -i 's/ping_interval: 25/ping_interval: 20/' $config; restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(unit ActiveState)" != active ] && journalctl -q -u debvisor -n 60 -o cat | grep -q 'Address already in use' && curl -s -m 3 "${polling}" | grep -q '"pingInterval":25000'`,
    expect: [
      [
        /KillMode|left.?over|orphan|(old|earlier|previous|former) (process|instance|copy|start|run)|(process|instance|copy) of (before|its own|an? (earlier|previous|former))|own (old )?process/i,
      ],
    ],
    mustNotClaim: [databaseDown, nginxDown],
    object: /KillMode|override\.conf/,
  },
  {
    id: 'service-path-unit',
    topic: 'service',
    cause:
      'debvisor-refresh.path restarts the platform whenever snapshot.json changes, which the platform itself writes every 5 s: no dashboard stays connected',
    inject: `
      printf '[Unit]\\nDescription=Takes over a restored snapshot\\n\\n[Path]\\nPathChanged=/var/lib/debvisor/snapshot.json\\n\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/debvisor-refresh.path
      printf '[Unit]\\nDescription=Takes over a restored snapshot\\n\\n[Service]\\nType=oneshot\\nExecStart=/usr/bin/systemctl try-restart debvisor.service\\n' >/etc/systemd/system/debvisor-refresh.service
      systemctl daemon-reload; systemctl enable -q --now debvisor-refresh.path; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `${held}; held 15 && exit 1; [ "$(journalctl -q -u debvisor --since -25s -o cat | grep -c ': stopped')" -ge 2 ]`,
    within: 60,
    expect: [[/debvisor-refresh|path unit|\.path\b.*snapshot|snapshot.*\.path\b|PathChanged/i]],
    mustNotClaim: [databaseDown, nginxDown],
    object: /debvisor-refresh/,
  },
  {
    id: 'db-wraparound',
    topic: 'db',
    cause:
      'the logical slot warehouse, which nobody reads any more, holds back the oldest transaction: the transaction numbers are nearly used up, and PostgreSQL refuses every write',
    inject: `
      pg_setting 'wal_level = logical'; pg_restart; sql "SELECT pg_create_logical_replication_slot('warehouse', 'test_decoding')" >/dev/null
      systemctl stop debvisor $pg_unit
      runuser -u postgres -- /usr/lib/postgresql/15/bin/pg_resetwal -x $((2047 * 1048576 + 1024000)) ${cluster} >/dev/null
      runuser -u postgres -- dd if=/dev/zero of=${cluster}/pg_xact/07FF bs=256k count=1 2>/dev/null
      systemctl start $pg_unit; systemctl start debvisor; ${visits(`${front}/api/v1/hosts`, `${front}/api/v1/touch?host=2`)}`,
    probe: `[ "$(status "$front/api/v1/touch?host=3" 3)" = 500 ] && [ "$(status $front/api/v1/hosts 3)" = 200 ] && grep -q wraparound ${errors}`,
    within: 30,
    expect: [[/wraparound|transaction (id|number)|\bxid/i, /slot|warehouse/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown],
    object: /warehouse/,
  },
  {
    id: 'db-schema-usage',
    topic: 'db',
    cause:
      'a hardening gave the schema public to postgres and revoked all from PUBLIC: for the role debvisor its own tables do not exist',
    inject: `
      sql 'ALTER SCHEMA public OWNER TO postgres; REVOKE ALL ON SCHEMA public FROM PUBLIC'; ${newSessions}; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(status $front/api/v1/hosts 3)" = 500 ] && [ "$(api)" = 200 ] && grep -q 'relation "hosts" does not exist' ${errors}`,
    expect: [
      [/schema/i, /\bpublic\b/, /usage|rights?\b|privilege|permission|grant|revoke|may not|access|denied/i],
    ],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /tables? .*(missing|dropped|gone)/i],
    object: /\bpublic\b/i,
  },
  {
    id: 'db-shadow-function',
    topic: 'db',
    cause:
      'a function now() of the schema public, left from tests with a frozen clock, goes before that of PostgreSQL in the search path of the role: every host was last seen in March 2025',
    inject: `
      sql "CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE sql STABLE RETURN timestamptz '2025-03-01 12:00:00+00'; ALTER ROLE debvisor SET search_path = public, pg_catalog"
      ${newSessions}; ${visits(`${front}/api/v1/touch?host=1`, `${front}/api/v1/touch?host=2`)}`,
    probe: `curl -s -m 3 "$front/api/v1/touch?host=3" | grep -q '"2025-03-01' && [ "$(api)" = 200 ]`,
    expect: [
      [
        /now\(\)|function.{0,40}\bnow\b|\bnow\b.{0,40}function/i,
        /public|search_path|search path|shadow|hides|before/i,
      ],
    ],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /clock (is|of)|NTP|not synchroni/i],
    object: /search_path|\bnow\b/,
  },
  {
    id: 'db-policy-route',
    topic: 'db',
    cause:
      'a rule of policy routing, left from a move of the database, makes everything to port 5432 unreachable',
    inject: `
      for family in -4 -6; do
        ip $family rule add pref 100 lookup local; ip $family rule del pref 0
        ip $family rule add pref 50 ipproto tcp dport 5432 unreachable
      done
      ${newSessions}; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(status $front/api/v1/hosts 8)" = 500 ] && ! pg_isready -q -h localhost && [ "$(sql 'SELECT 1')" = 1 ] && grep -qiE 'unreachable|no route' ${errors}`,
    within: 20,
    expect: [
      [
        /ip rule|policy.{0,12}rout|rout\w* (rule|policy)|rules? of (the )?(policy )?routing|\brule\b.*unreachable|unreachable.*\brule\b/i,
      ],
    ],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /listen_addresses/],
    object: /unreachable|ip.?rule|routing/i,
  },
  {
    id: 'websocket-query-lost',
    topic: 'websocket',
    cause:
      'proxy_pass of /socket.io/ ends in $uri, so that nginx leaves the query string out: the platform sees neither EIO nor transport',
    inject: `
      site_edit '/location .socket.io/,/}/ s|http://127.0.0.1:8080;|http://127.0.0.1:8080$uri;|'; ${visits(polling, `${front}/`)}`,
    probe: `[ "$(handshake $front "$no_header")" = 400 ] && [ "$(handshake $direct "$no_header")" = 101 ] && [ "$(api)" = 200 ]`,
    expect: [[/\$uri|query|\$args|\$is_args|arguments|parameters/i, /proxy_pass|nginx|location/i]],
    mustNotClaim: [
      databaseDown,
      platformDown,
      nginxDown,
      /(client|browser).*(version|protocol|old|incompatible)/i,
      /upgrade header/i,
    ],
    object: /\$uri|proxy_pass/,
  },
  {
    id: 'websocket-pid-file',
    topic: 'websocket',
    cause:
      'a drop-in of nginx names /run/nginx/nginx.pid as its PIDFile, and nginx.conf another one: systemd waits for it in vain and ends nginx again',
    inject: `
      install -d /run/nginx; printf 'd /run/nginx 0755 root root\\n' >/etc/tmpfiles.d/nginx.conf
      printf '[Service]\\nPIDFile=/run/nginx/nginx.pid\\nTimeoutStartSec=12\\n' | drop_in nginx.service; systemctl restart nginx 2>/dev/null; ${visits(`${front}/`)}`,
    probe: `! systemctl is-active -q nginx && [ "$(status $front/ 2)" = 000 ] && [ "$(handshake $direct "$no_header")" = 101 ] && journalctl -q -u nginx -o cat | grep -q 'PID file'`,
    within: 30,
    expect: [[/PIDFile|pid.?file|nginx\.pid/i]],
    mustNotClaim: [databaseDown, platformDown],
    object: /PIDFile|nginx\.pid|nginx\.service\.d|override\.conf/,
  },
  {
    id: 'websocket-nginx-capabilities',
    topic: 'websocket',
    cause:
      'CapabilityBoundingSet of a hardening drop-in leaves nginx without CAP_SETGID and CAP_SETUID: its workers end at once, and the master accepts connections that nobody answers',
    inject: `
      printf '# Only what a web server needs.\\n[Service]\\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_DAC_OVERRIDE CAP_CHOWN\\n' | drop_in nginx.service
      systemctl restart nginx; ${visits(`${front}/`)}`,
    probe: `systemctl is-active -q nginx && [ "$(status $front/ 3)" = 000 ] && [ "$(handshake $direct "$no_header")" = 101 ] && grep -qE 'set[gu]id' ${frontErrors}`,
    within: 20,
    expect: [[/capabilit|CAP_SET[GU]ID|CapabilityBoundingSet/i]],
    mustNotClaim: [databaseDown, platformDown, /worker_connections/],
    object: /CapabilityBoundingSet|nginx\.service\.d|override\.conf/,
  },
  {
    id: 'performance-cache-lock',
    topic: 'performance',
    cause:
      'proxy_cache_lock of nginx lets only one request for an address through at a time, and no answer can be cached: the others wait, in steps of half a second',
    inject: `
      printf '# One request for all who ask at the same time.\\nproxy_cache_path /var/lib/nginx/shared levels=1:2 keys_zone=shared:2m inactive=10m;\\n' >/etc/nginx/conf.d/shared-cache.conf
      site_edit '/location \\/ {/a\\        proxy_cache shared;\\n        proxy_cache_lock on;\\n        proxy_cache_lock_timeout 30s;\\n        proxy_cache_lock_age 30s;'
      for n in $(seq 12); do clients wall-display-$n ${front}/api/v1/hosts; done; sleep 10`,
    probe: `for n in $(seq 12); do ${slow('$front/api/v1/hosts', 1)} && break; done; [ $n -lt 12 ] && ! ${slow('$direct/api/v1/hosts', 0.5)}`,
    within: 40,
    expect: [[/cache.?lock/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /CPU/],
    object: /proxy_cache_lock|shared-cache|proxy_cache/,
  },
  {
    id: 'performance-password-rounds',
    topic: 'performance',
    cause:
      'the password of the report page, /reports/, is hashed with 4 million rounds, which a worker of nginx computes itself at each request: all others wait for it meanwhile',
    inject: `
      perl -e 'print "reports:", crypt("harvest", "\\$6\\$rounds=4000000\\$k3vQpZ1u"), "\\n"' >/etc/nginx/reports.htpasswd; chgrp www-data /etc/nginx/reports.htpasswd; chmod 640 /etc/nginx/reports.htpasswd
      install -d /var/www/reports; echo '<h1>Reports</h1>' >/var/www/reports/index.html
      site_edit '/location \\/ {/i\\    location /reports/ {\\n        auth_basic "Reports";\\n        auth_basic_user_file /etc/nginx/reports.htpasswd;\\n        root /var/www;\\n    }\\n'
      for n in 1 2 3 4; do background report-reader-$n sh -c "while :; do curl -s -o /dev/null -m 30 -u reports:harvest ${front}/reports/; done"; done; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `${slow('$front/api/v1/hosts', 1)} && ! ${slow('$direct/api/v1/hosts', 0.5)}`,
    within: 40,
    expect: [[/htpasswd|auth_basic|rounds|crypt|password.{0,20}(hash|rounds)|hash.{0,20}password/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /worker_connections/],
    object: /htpasswd|auth_basic|reports/,
  },
]

const onPanel: Unseen<'kind' | 'platform'> = [
  {
    id: 'blind3-preloaded',
    topic: 'websocket',
    cause:
      'GUNICORN_CMD_ARGS=--preload: the collector runs in the master process, and the worker, which has the connections, sends no event',
    inject: `
      printf '\\n# Less memory for each worker.\\nGUNICORN_CMD_ARGS=--preload\\n' >>$secrets; restart panel; sleep 3; ${panelVisits('/auth/login')}`,
    probe: `[ "$(browser stats)" = 200 ] && ! browser websocket 7 >/dev/null && [ "$(unit panel ActiveState)" = active ] && ! panel_log 'no metrics collected'`,
    within: 30,
    expect: [[/preload/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /upgrade/i],
    object: /preload|GUNICORN_CMD_ARGS|default\/debvisor-panel/,
  },
  {
    id: 'blind3-upstream-connections',
    topic: 'websocket',
    cause:
      'max_conns=2 of the upstream: two open dashboards hold both connections that nginx may have to the panel, and everybody else gets 502',
    inject: `
      site_edit 's/server 127.0.0.1:8443;/zone debvisor_panel 64k;\\n    server 127.0.0.1:8443 max_conns=2;/'
      for n in 1 2 3; do
        background wall-display-$n sh -c "while :; do curl -sk -o /dev/null -m 13 --http1.1 -H 'Host: $name' -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==' '$front/socket.io/?EIO=4&transport=websocket'; sleep 0.3; done"
      done
      sleep 8`,
    probe: `[ "$(ask $front/auth/login)" = 502 ] && [ "$(ask $direct/auth/login)" = 200 ] && [ "$(browser stats)" = 502 ]`,
    within: 30,
    expect: [[/max_conns/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /worker_connections/],
    object: /max_conns/,
  },
  {
    id: 'blind3-check-config',
    topic: 'service',
    cause:
      'GUNICORN_CMD_ARGS=--check-config, left from a deployment: gunicorn checks its settings, finds them good, and ends without a word',
    inject: `
      printf 'GUNICORN_CMD_ARGS=--check-config\\n' >>$secrets; restart panel; ${panelVisits('/auth/login')}; sleep 6`,
    probe: `[ "$(unit panel ActiveState)" != active ] && [ "$(ask $front/auth/login)" = 502 ] && [ "$(unit panel Result)" = protocol ]`,
    within: 30,
    expect: [[/check.config/i]],
    mustNotClaim: [databaseDown, nginxDown],
    object: /check.config|GUNICORN_CMD_ARGS|default\/debvisor-panel/,
  },
  {
    id: 'blind3-no-authority-key',
    topic: 'service',
    cause:
      'the new certificate of the RPC daemon has no authority key identifier, which Python 3.13 demands, as it checks strictly: openssl calls it good',
    inject: `
      csr=$(mktemp) extensions=$(mktemp)
      openssl req -quiet -new -key $certs/rpc-server.key -subj '/O=DebVisor/CN=rpc-server' -out $csr
      printf 'authorityKeyIdentifier=none\\nsubjectKeyIdentifier=none\\nextendedKeyUsage=serverAuth\\nsubjectAltName=DNS:localhost,IP:127.0.0.1\\n' >$extensions
      openssl x509 -req -in $csr -extfile $extensions -days 365 -CA $certs/ca.crt -CAkey /etc/debvisor/pki/ca.key -CAcreateserial -out $certs/rpc-server.crt 2>/dev/null
      rm $csr $extensions; restart rpcd; for n in 1 2 3; do browser nodes; sleep 2; done`,
    probe: `[ "$(browser nodes)" = 502 ] && panel_log 'Missing Authority Key Identifier' && openssl verify -CAfile $certs/ca.crt $certs/rpc-server.crt >/dev/null`,
    expect: [[/authority.?key.?id|\bAKI\b|strict/i]],
    mustNotClaim: [databaseDown, nginxDown, /expired/i, /(another|other|foreign|wrong) authority/i],
    object: /rpc-server\.crt/,
  },
  {
    id: 'blind3-cache-full',
    topic: 'service',
    cause:
      'the Redis that is the cache may use 4 MB and evicts nothing (noeviction); the jobs of another program fill it, and every write is refused',
    inject: `
      printf '\\nmaxmemory 4mb\\nmaxmemory-policy noeviction\\n' >>/etc/redis/redis.conf; systemctl enable -q --now redis-server; sleep 1
      echo 'REDIS_URL=redis://127.0.0.1:6379/0' >>$dotenv; restart panel; sleep 3
      redis-cli config set maxmemory 8mb >/dev/null; for n in $(seq 22); do head -c 200000 /dev/zero | tr '\\0' x | redis-cli -x set "render:job:$n" >/dev/null; done; redis-cli config set maxmemory 4mb >/dev/null
      for n in 1 2 3; do browser stats; sleep 2; done`,
    probe: `[ "$(browser stats)" = 500 ] && [ "$(ask $direct/health/ready)" = 200 ] && panel_log maxmemory`,
    within: 20,
    expect: [
      [
        /redis|cache/i,
        /maxmemory|OOM|noeviction|evict|(memory|redis|cache).{0,30}(full|limit)|(full|limit).{0,30}memory/i,
      ],
    ],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /redis.* (is down|stopped|not running)/i],
    object: /redis|maxmemory/,
  },
  {
    id: 'blind3-truncated-hashes',
    topic: 'db',
    cause:
      'a migration made users.password_hash varchar(64) and cut the hashes off: nobody’s password is right any more',
    inject: `
      sql 'ALTER TABLE users ALTER password_hash TYPE varchar(64) USING left(password_hash, 64)'
      for n in 1 2 3; do browser login 7 $direct; sleep 1; done; rm -f /root/.panel-cookie`,
    probe: `[ "$(browser login 7 $direct)" = 401 ] && panel_log "failed login of 'operator'" && [ "$(ask $direct/health/ready)" = 200 ]`,
    expect: [
      [
        /password_hash|\bhash(es)?\b/i,
        /trunc|\bcut\b|short|\b64\b|length|varchar|incomplete|malformed|not (a )?(valid|whole|complete)/i,
      ],
    ],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /SECRET_KEY/, /brute|attack/i],
    object: /password_hash|\busers\b/,
  },
  {
    id: 'blind3-year-typo',
    topic: 'db',
    cause:
      'an import dated one row of alerts to the year 20226, which PostgreSQL keeps and Python cannot read: the whole list of alerts fails',
    inject: `
      sql "INSERT INTO alerts (severity, title, raised_at) SELECT 'info', 'node' || n || ': firmware is of last year', now() - n * interval '3 hours' FROM generate_series(1, 30) AS n"
      sql "INSERT INTO alerts (severity, title, raised_at) VALUES ('critical', 'node7: fan 2 failed', '20226-11-28 07:10:00+00')"
      for n in 1 2 3; do browser alerts; sleep 2; done`,
    probe: `[ "$(browser alerts)" = 500 ] && [ "$(browser stats)" = 200 ]`,
    expect: [
      [
        /alerts/i,
        /20226|\byear\b|out of range/i,
        /raised_at|\brows?\b|record|\bvalue|entry|\bdata\b|dated?\b/i,
      ],
    ],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /migration/i],
    object: /alerts|raised_at/,
  },
  {
    id: 'blind3-hash-cost',
    topic: 'performance',
    cause:
      'the password of operator was set again with 16 million rounds of PBKDF2 in place of some ten thousand: each login takes seconds of CPU',
    inject: `
      hash=$(python3 -c 'import sys; from werkzeug.security import generate_password_hash; print(generate_password_hash(sys.argv[1], "pbkdf2:sha256:16000000"))' "$panel_password")
      sql "UPDATE users SET password_hash = '$hash' WHERE name = 'operator'"
      background morning-shift sh -c "while :; do curl -sk -o /dev/null -m 30 -H 'Host: $name' -d name=operator -d 'password=$panel_password' $front/auth/login; sleep 15; done"; sleep 10`,
    probe: `start=$(date +%s%N); browser login 7 $direct >/dev/null; end=$(date +%s%N); [ $((end - start)) -ge 2500000000 ] && [ "$(ask $direct/auth/login)" = 200 ]`,
    within: 30,
    expect: [
      [/password|hash|pbkdf2/i, /rounds|iteration|cost|16.?000.?000|16 million|expensive|work factor/i],
    ],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /quota/i],
    object: /password_hash|\busers\b/,
  },
]

/** Something loud that is harmless or over, beside a quiet cause. */
const lookAlikes: Unseen<'kind'> = [
  {
    id: 'lookalike-ended-stop-and-browser-cache',
    topic: 'websocket',
    cause:
      'expires 12h of nginx, meant for pictures, also marks the answers of the API: browsers show figures of hours ago; PostgreSQL was stopped for a while before, and is back',
    inject: `
      background wall-display sh -c 'for n in $(seq 250); do curl -s -o /dev/null -m 20 "${front}/api/v1/hosts"; curl -s -o /dev/null -m 20 "${front}/api/v1/metrics?host=1"; sleep 1; done'
      systemctl stop $pg_unit; sleep 12; systemctl start $pg_unit; sleep 6
      site_edit '/location \\/ {/a\\        expires 12h;'; sleep 12`,
    probe: `curl -s -m 3 -o /dev/null -D - "$front/api/v1/metrics?host=2" | grep -qi 'max-age=43200' && [ "$(api)" = 200 ] && grep -q 'no metrics collected' ${errors}`,
    within: 20,
    expect: [[/\bexpires\b|Cache-Control|max-age|browser.{0,20}cach/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown],
    object: /expires 12h|\bexpires\b/,
  },
  {
    id: 'lookalike-refused-write-check-and-inherited-table',
    topic: 'db',
    cause:
      'hosts_import, a copy of an import, inherits from hosts: each host is in the list twice; write-check, whose writes PostgreSQL refuses, proves that the role compliance may not write, as is meant',
    inject: `
      sql "CREATE ROLE compliance LOGIN PASSWORD 'c0mpl1ance'; GRANT SELECT ON hosts, metrics TO compliance"
      ${regularly('write-check', 3, '/bin/sh -c "! PGPASSWORD=c0mpl1ance psql -Xq -h 127.0.0.1 -U compliance -d debvisor -c \\\\"DELETE FROM hosts\\\\" && ! PGPASSWORD=c0mpl1ance psql -Xq -h 127.0.0.1 -U compliance -d debvisor -c \\\\"DELETE FROM metrics\\\\""')}
      sql 'SET ROLE debvisor; CREATE TABLE hosts_import (LIKE hosts INCLUDING DEFAULTS); INSERT INTO hosts_import SELECT * FROM hosts; ALTER TABLE hosts_import INHERIT hosts'; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(curl -s -m 3 $front/api/v1/hosts | grep -o '"name": "node1"' | wc -l)" = 2 ] && [ "$(api)" = 200 ] && grep -q 'permission denied for table hosts' /var/log/postgresql/*.log && ! systemctl is-failed -q write-check.service`,
    within: 20,
    expect: [[/inherit|hosts_import|child table/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /compliance|write-check/i],
    object: /hosts_import|inherit/i,
  },
  {
    id: 'blind3-alike-ended-stop-and-capital-state',
    platform: 'panel',
    topic: 'db',
    cause:
      'an import wrote the states of all nodes in capitals, UP for up, and the dashboard counts none as up; PostgreSQL was stopped for a while before, and is back',
    inject: `
      browser stats; systemctl stop $pg_unit; sleep 10; systemctl start $pg_unit; sleep 4
      sql 'UPDATE nodes SET state = upper(state)'; for n in 1 2 3; do browser stats; sleep 2; done`,
    probe: `${panelJson('/api/stats')} | grep -qE '"nodes_up": ?0' && [ "$(ask $direct/health/ready)" = 200 ] && journalctl -q -u debvisor-panel -o cat | grep -q 'no metrics collected'`,
    within: 20,
    expect: [
      [
        /\bnodes\b/i,
        /\bUP\b|capital|upper|letter case|case.sensitiv|in another case|spelling|spelt|unknown state|state.{0,40}\bup\b/,
      ],
    ],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /rpcd?.* (is down|stopped|not running)/i],
    object: /\bnodes\b/,
  },
  {
    id: 'blind3-alike-logins-and-packed-script',
    platform: 'panel',
    topic: 'websocket',
    cause:
      'gzip_static: dashboard.js.gz is of an older release than dashboard.js, and browsers get it: it asks addresses that are gone, and the figures stand still; a scanner that fails to log in and a renewal that fails are harmless',
    inject: `
      sed 's|/api/stats|/api/v1/stats|; s|/api/alerts|/api/v1/alerts|' $app/static/dashboard.js | gzip -9n >$app/static/dashboard.js.gz; chown www-data:www-data $app/static/dashboard.js.gz; touch -d '2026-02-11 09:14' $app/static/dashboard.js.gz
      site_edit '/location .static/a\\        gzip_static on;'
      printf '[Unit]\\nDescription=Renewal of the certificate of the old site\\n\\n[Service]\\nType=oneshot\\nExecStart=/bin/sh -c "echo no such account: archive.example.com >&2; exit 1"\\n' >/etc/systemd/system/renew-archive.service; systemctl daemon-reload; systemctl start renew-archive 2>/dev/null
      background uplink-probe sh -c "while :; do curl -sk -o /dev/null -m 9 -H 'Host: $name' -d name=root -d password=toor $front/auth/login; sleep 4; done"
      ${panelVisits('/static/dashboard.js', '/api/v1/stats', '/api/v1/alerts')}; sleep 12`,
    probe: `curl -sk --compressed -m 8 -H "Host: $name" $front/static/dashboard.js | grep -q /api/v1/stats && ! curl -sk -m 8 -H "Host: $name" $front/static/dashboard.js | grep -q /api/v1/stats && [ "$(browser stats 7 $direct)" = 200 ]`,
    within: 20,
    expect: [[/gzip_static|dashboard\.js\.gz|\.js\.gz/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /renew-archive/, /brute|scanner|failed login/i],
    object: /dashboard\.js\.gz|gzip_static/,
  },
]

export const eighthUnseenFaults: Unseen<'kind'> = [
  ...onGuide,
  ...onPanel.map((one) => ({ ...one, platform: 'panel' }) as const),
]

export const eighthUnseenPairs = lookAlikes

/** Unusual, and well. */
export const eighthUnseenHealthyHosts: Unseen<'kind' | 'expect'> = [
  {
    id: 'healthy-own-journal',
    topic: 'service',
    cause:
      'a drop-in gives the platform a journal of its own (LogNamespace), another umask, and lets systemd keep its data directory; a path unit notes changes of its configuration and does no more',
    inject: `
      printf '[Service]\\nLogNamespace=debvisor\\nUMask=0027\\nKillMode=mixed\\nStateDirectory=debvisor\\nStateDirectoryMode=0750\\n' | drop_in debvisor.service
      printf '[Unit]\\nDescription=Notes changes of the configuration\\n\\n[Path]\\nPathChanged=/etc/debvisor/config.yaml\\n\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/config-noted.path
      printf '[Unit]\\nDescription=Notes changes of the configuration\\n\\n[Service]\\nType=oneshot\\nExecStart=/usr/bin/sha256sum /etc/debvisor/config.yaml\\n' >/etc/systemd/system/config-noted.service
      systemctl daemon-reload; systemctl enable -q --now config-noted.path; restart; sleep 6; ${visits(`${front}/`)}`,
    probe: `${fine} && [ "$(unit LogNamespace)" = debvisor ] && journalctl -q --namespace debvisor -o cat | grep -q 'listening on'`,
    within: 20,
  },
  {
    id: 'healthy-partitioned-metrics',
    topic: 'db',
    cause:
      'metrics is partitioned by year, with a default partition; the schema belongs to postgres and the role has its rights by grants; a logical slot is read every few seconds, and an empty table inherits from hosts',
    inject: `
      systemctl stop debvisor; pg_setting 'wal_level = logical'; pg_setting 'max_slot_wal_keep_size = 128MB'; pg_restart; sleep 1
      sql "SET ROLE debvisor; ALTER TABLE metrics RENAME TO metrics_flat; ALTER INDEX metrics_host_taken RENAME TO metrics_flat_host_taken; CREATE TABLE metrics (LIKE metrics_flat INCLUDING DEFAULTS) PARTITION BY RANGE (taken_at); CREATE TABLE metrics_2026 PARTITION OF metrics FOR VALUES FROM ('2026-01-01') TO ('2027-01-01'); CREATE TABLE metrics_rest PARTITION OF metrics DEFAULT; CREATE INDEX metrics_host_taken ON metrics (host_id, taken_at); INSERT INTO metrics SELECT * FROM metrics_flat; ALTER SEQUENCE metrics_id_seq OWNED BY metrics.id; DROP TABLE metrics_flat; CREATE TABLE hosts_retired () INHERITS (hosts); ANALYZE"
      sql "GRANT USAGE, CREATE ON SCHEMA public TO debvisor; ALTER SCHEMA public OWNER TO postgres; REVOKE ALL ON SCHEMA public FROM PUBLIC; SELECT pg_create_logical_replication_slot('warehouse', 'test_decoding')" >/dev/null
      ${regularly('warehouse-feed', 5, '/usr/sbin/runuser -u postgres -- /usr/bin/psql -XqAt -d debvisor -o /dev/null -c "SELECT count(*) FROM pg_logical_slot_get_changes(\\047warehouse\\047, NULL, NULL)"')}
      systemctl start debvisor; sleep 6; ${visits(`${front}/api/v1/hosts`, `${front}/api/v1/metrics?host=2`)}`,
    probe: `${fine} && [ "$(status "$front/api/v1/metrics?host=2" 3)" = 200 ] && [ "$(status "$front/api/v1/touch?host=2" 3)" = 200 ] && [ "$(sql "SELECT count(*) > 0 FROM metrics_2026 WHERE taken_at > now() - interval '20 seconds'")" = t ] && ! systemctl is-failed -q warehouse-feed.service`,
    within: 30,
  },
  {
    id: 'blind3-healthy-tuned',
    platform: 'panel',
    topic: 'performance',
    cause:
      'Redis is the cache, asks for a password, and evicts; gunicorn keeps its heartbeat in /dev/shm, by a file of settings; nginx limits the connections to the panel to 400 and serves a packed script that is the same as the other',
    inject: `
      printf '\\nmaxmemory 8mb\\nmaxmemory-policy allkeys-lru\\nrequirepass quiet-meadow-4711\\n' >>/etc/redis/redis.conf; systemctl enable -q --now redis-server
      echo 'REDIS_URL=redis://:quiet-meadow-4711@127.0.0.1:6379/0' >>$dotenv
      printf '# Heartbeats in memory.\\nworker_tmp_dir = "/dev/shm"\\npreload_app = False\\nkeepalive = 5\\n' >$app/gunicorn.conf.py; chown www-data:www-data $app/gunicorn.conf.py; restart panel
      gzip -9nk $app/static/dashboard.js; chown www-data:www-data $app/static/dashboard.js.gz
      sed -i 's/server 127.0.0.1:8443;/zone debvisor_panel 64k;\\n    server 127.0.0.1:8443 max_conns=400;/' $site
      site_edit '/location .static/a\\        gzip_static on;'; sleep 6; ${panelVisits('/static/dashboard.js', '/auth/login')}`,
    probe: `browser all && [ "$(ask $direct/health/ready)" = 200 ] && ready | grep -q redis && redis-cli ping 2>&1 | grep -q NOAUTH`,
    within: 30,
  },
]
