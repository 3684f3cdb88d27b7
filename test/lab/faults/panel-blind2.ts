import type { Fault } from './fault.ts'

type Case = Omit<Fault, 'platform' | 'kind' | 'unseen'>

/** signed CURL-OPTION... URL: what one who is signed in gets. */
const signed = `signed() {
  [ -s /root/.panel-cookie ] || browser login '' $direct >/dev/null
  curl -sk -m 8 -H "Host: $name" -H "Cookie: $(cat /root/.panel-cookie)" "$@"
}
code() { signed -o /dev/null -w '%{http_code}' "$@"; }
# stale URL: the same figures 5 s later, though the collector writes every 2 s.
stale() { one=$(signed "$1"); sleep 5; two=$(signed "$1"); case $one in *taken_at*) [ "$one" = "$two" ];; *) false;; esac; }
`

const lookedAt = (one: Case): Case => ({ ...one, probe: signed + one.probe })

/** A timer that starts the service of its name again and again. */
const timerEvery = (name: string, seconds: number): string =>
  `printf '[Unit]\\nDescription=Regular run of ${name}\\n\\n[Timer]\\nOnActiveSec=1s\\nOnUnitActiveSec=${seconds}s\\nAccuracySec=1s\\n\\n[Install]\\nWantedBy=timers.target\\n' >/etc/systemd/system/${name}.timer`

const faults: readonly Case[] = [
  {
    id: 'blind2-percent-in-unit',
    topic: 'db',
    cause:
      'the new password has a %m, which systemd replaces in the unit: the panel logs in with another password than the one that is written there',
    inject: `
      sql "ALTER ROLE debvisor PASSWORD 'Kx7v%mQ2pLw'"
      sed -i 's|://debvisor:[^@]*@|://debvisor:Kx7v%mQ2pLw@|' $panel_unit; systemctl daemon-reload; restart panel`,
    probe: `[ "$(browser login '' $direct)" = 500 ] && panel_log 'password authentication failed' && PGPASSWORD=Kx7v%mQ2pLw psql -Xqw -h localhost -U debvisor -d debvisor -c 'SELECT 1'`,
    within: 20,
    expect: [[/%m\b|%mQ|specifier|percent sign|%%/i, /DATABASE_URL|debvisor-panel/]],
    mustNotClaim: [/pg_hba|is down/i],
    object: /DATABASE_URL|debvisor-panel\.service/,
  },
  {
    id: 'blind2-exported-secrets',
    topic: 'service',
    cause:
      'the file of secrets was rewritten with export, for a shell: systemd ignores such lines, and the panel has no SECRET_KEY',
    inject: `sed -i 's/^[A-Z_]*=/export &/' $secrets; restart panel`,
    probe: `[ "$(ask $front/auth/login)" != 200 ] && panel_log 'SECRET_KEY must be set' && grep -q '^export SECRET_KEY=' $secrets`,
    within: 20,
    expect: [[/export/, /\/etc\/default\/debvisor-panel|SECRET_KEY/]],
    object: /\/etc\/default\/debvisor-panel|SECRET_KEY|export/,
  },
  {
    id: 'blind2-dotenv-comment',
    topic: 'service',
    cause: 'a remark behind DB_POOL_SIZE in .env is part of its value, which is no number any more',
    inject: `sed -i 's/^DB_POOL_SIZE=20/DB_POOL_SIZE=20   # per worker, see the ticket of May/' $dotenv; restart panel`,
    probe: `[ "$(ask $front/auth/login)" != 200 ] && panel_log 'must be a whole number'`,
    within: 20,
    expect: [[/DB_POOL_SIZE/]],
    mustNotClaim: [/PostgreSQL|SECRET_KEY/],
    object: /DB_POOL_SIZE/,
  },
  {
    id: 'blind2-early-certificate',
    topic: 'service',
    cause: 'the certificate of the RPC daemon is valid only from next month: it was issued too early',
    inject: `issue rpc-server serverAuth DNS:localhost,IP:127.0.0.1 -not_before "$(date -u -d '+26 days' +%Y%m%d000000Z)" -not_after "$(date -u -d '+400 days' +%Y%m%d000000Z)"; restart rpcd`,
    probe: `[ "$(browser nodes '' $direct)" = 502 ] && panel_log 'not yet valid'`,
    within: 20,
    expect: [
      [/rpc-server/, /not yet valid|valid (only )?(from|since|after)|not valid (yet|before|until)|future/i],
    ],
    mustNotClaim: [/has expired|foreign|other authority/i],
    object: /rpc-server\.crt/,
  },
  {
    id: 'blind2-proxy-verify',
    topic: 'service',
    cause:
      'nginx checks the certificate of the panel since an edit, and expects the name of the upstream, debvisor_panel, in it',
    inject: `site_edit 's|^    proxy_http_version 1.1;|&\\n    proxy_ssl_verify on;\\n    proxy_ssl_trusted_certificate /etc/debvisor/certs/ca.crt;|'`,
    probe: `[ "$(ask $front/auth/login)" = 502 ] && [ "$(ask $direct/auth/login)" = 200 ] && tail -20 /var/log/nginx/debvisor-panel-error.log | grep -q 'upstream SSL certificate does not match'`,
    expect: [[/proxy_ssl_(verify|name)|does not match/i, /debvisor_panel|upstream/]],
    mustNotClaim: [/expired|(panel|gunicorn).* (is )?(down|stopped)/i],
    object: /proxy_ssl_verify/,
  },
  {
    id: 'blind2-slash-loop',
    topic: 'service',
    cause:
      'a rewrite of nginx takes the slash at the end away and the panel puts it there again: /dashboard/ redirects without end',
    inject: `site_edit '/^    location \\/ {/a\\        rewrite ^(/.+)/$ $1 permanent;'`,
    probe: `signed -o /dev/null $direct/dashboard/; signed -L --max-redirs 12 --resolve $name:443:127.0.0.1 -o /dev/null https://$name/dashboard/; [ $? = 47 ] && [ "$(code $direct/dashboard/)" = 200 ]`,
    expect: [[/rewrite|redirect/i, /slash|loop|rewrite \^|without end|endless|\/dashboard/i]],
    mustNotClaim: [/cookie|password/i],
    object: /rewrite/,
  },
  {
    id: 'blind2-request-line',
    topic: 'websocket',
    cause:
      'GUNICORN_CMD_ARGS limits the request line to 60 bytes: an address of Socket.IO with its session is longer',
    inject: `printf 'GUNICORN_CMD_ARGS="--limit-request-line 60 --limit-request-fields 60"\\n' >>$secrets; restart panel`,
    probe: `[ "$(code $direct/api/stats)" = 200 ] && ! browser polling 4 $direct && [ "$(ask "$direct/socket.io/?EIO=4&transport=polling&sid=AbCdEfGhIjKlMnOpQrStUv")" = 400 ]`,
    within: 25,
    expect: [[/limit.request.line|request line/i, /GUNICORN_CMD_ARGS|\b60\b|limit.request.line/]],
    mustNotClaim: [/origin|token|upgrade/i],
    object: /GUNICORN_CMD_ARGS|limit-request-line/,
  },
  {
    id: 'blind2-no-websocket-library',
    topic: 'service',
    cause:
      'python3-simple-websocket was removed by force: Flask-SocketIO calls its async_mode invalid, and no worker starts',
    inject: `dpkg --force-depends --remove python3-simple-websocket >/dev/null 2>&1; restart panel`,
    probe: `[ "$(ask $front/auth/login)" != 200 ] && tail -80 /var/log/debvisor/panel-error.log | grep -q 'Invalid async_mode' && ! python3 -c 'import simple_websocket'`,
    within: 30,
    expect: [[/simple.websocket/i]],
    mustNotClaim: [/nginx|upgrade header|origin/i],
    object: /simple.websocket/,
  },
  {
    id: 'blind2-login-trigger',
    topic: 'db',
    cause:
      'an event trigger on login writes to a table on which the platform’s role has no right: each new session of it is refused',
    inject: `
      sql 'CREATE TABLE login_audit (login text, at timestamptz DEFAULT now())'
      sql "CREATE FUNCTION audit_login() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN IF session_user NOT LIKE ''%bot'' THEN INSERT INTO public.login_audit (login) VALUES (session_user); END IF; END'"
      sql 'CREATE EVENT TRIGGER audit ON login EXECUTE FUNCTION audit_login(); ALTER EVENT TRIGGER audit ENABLE ALWAYS'
      sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'debvisor'" >/dev/null`,
    probe: `[ "$(browser login '' $direct)" = 500 ] && panel_log 'permission denied for table login_audit'`,
    within: 20,
    expect: [[/login_audit|audit_login/, /trigger|permission|right|privilege/i]],
    mustNotClaim: [/password|pg_hba|is down/i],
    object: /audit_login|login_audit|event trigger/i,
  },
  {
    id: 'blind2-zeroed-index',
    topic: 'db',
    cause: 'the file of the index metrics_pkey is all zeros since a crash: no row of metrics can be stored',
    inject: `
      file=/var/lib/postgresql/17/main/$(sql "SELECT pg_relation_filepath('metrics_pkey')"); sql CHECKPOINT; systemctl stop $pg_unit
      size=$(stat -c %s $file); truncate -s 0 $file; truncate -s $size $file; systemctl start $pg_unit; restart panel`,
    probe: `[ "$(code $direct/health/live)" = 200 ] && panel_log 'metrics_pkey' && [ "$(code $direct/api/stats)" = 500 ]`,
    within: 25,
    expect: [[/metrics_pkey/, /zero|corrupt|damag|REINDEX|index/i]],
    mustNotClaim: [/is down|sequence/i],
    object: /metrics_pkey/,
  },
  {
    id: 'blind2-cache-cannot-save',
    topic: 'db',
    cause:
      'the folder of Redis belongs to root since a copy: Redis cannot save, and therefore refuses every write',
    inject: `
      echo 'REDIS_URL=redis://127.0.0.1:6379/0' >>$dotenv; printf 'save 1 1\\n' >>/etc/redis/redis.conf
      systemctl enable -q --now redis-server; restart panel; sleep 2
      chown root:root /var/lib/redis; chmod 755 /var/lib/redis; redis-cli set inventory:seen 1 >/dev/null; sleep 2`,
    probe: `[ "$(code $direct/api/stats)" = 500 ] && panel_log MISCONF`,
    within: 30,
    expect: [
      [/redis/i, /MISCONF|save|snapshot|RDB|persist/i, /\/var\/lib\/redis|permission|owner|denied|write/i],
    ],
    mustNotClaim: [/redis.* (is )?(stopped|down|not running)/i],
    object: /\/var\/lib\/redis/,
  },
  {
    id: 'blind2-manager-default',
    topic: 'service',
    cause:
      'DefaultTasksMax=5 in system.conf.d is for every service without a limit of its own: the panel cannot start its threads',
    inject: `mkdir -p /etc/systemd/system.conf.d; printf '[Manager]\\nDefaultTimeoutStopSec=30s\\nDefaultTasksMax=5\\n' >/etc/systemd/system.conf.d/60-limits.conf; systemctl daemon-reload; restart panel; tabs 3`,
    probe: `! browser all 6 $direct && tail -120 /var/log/debvisor/panel-error.log | grep -q "can't start new thread"`,
    within: 50,
    expect: [[/DefaultTasksMax|TasksMax|60-limits|system\.conf/, /thread|task/i]],
    mustNotClaim: [/memory|database/i],
    object: /DefaultTasksMax|60-limits\.conf/,
  },
  {
    id: 'blind2-all-services',
    topic: 'service',
    cause:
      'a drop-in for all services, service.d, leaves them only UNIX sockets: the RPC daemon, started since, cannot listen',
    inject: `mkdir -p /etc/systemd/system/service.d; printf '[Service]\\nLockPersonality=yes\\nRestrictAddressFamilies=AF_UNIX AF_NETLINK\\n' >/etc/systemd/system/service.d/20-baseline.conf; systemctl daemon-reload; restart rpcd`,
    probe: `[ "$(browser nodes '' $direct)" = 502 ] && [ "$(unit rpcd ActiveState)" != active ] && journalctl -q -u debvisor-rpcd -n 60 -o cat | grep -q 'not supported'`,
    within: 30,
    expect: [[/RestrictAddressFamilies|service\.d|20-baseline/, /rpcd/]],
    mustNotClaim: [/port .*(taken|in use|held)/i],
    object: /service\.d\/|20-baseline\.conf|RestrictAddressFamilies/,
  },
  {
    id: 'blind2-client-certificates',
    topic: 'service',
    cause: 'ssl_verify_client on makes nginx ask every browser for a certificate, which none has: 400',
    inject: `site_edit 's|^    ssl_protocols|    ssl_client_certificate /etc/debvisor/certs/ca.crt;\\n    ssl_verify_client on;\\n&|'`,
    probe: `[ "$(ask $front/auth/login)" = 400 ] && [ "$(ask $direct/auth/login)" = 200 ]`,
    expect: [[/ssl_verify_client|client certificate|No required SSL certificate/i]],
    mustNotClaim: [/origin|upgrade|expired/i],
    object: /ssl_verify_client/,
  },
  {
    id: 'blind2-no-intermediate',
    topic: 'service',
    cause:
      'the site’s new certificate is of an intermediate authority that nginx does not send along: browsers cannot verify it',
    inject: `
      cd /etc/debvisor/pki; openssl req -quiet -newkey rsa:2048 -nodes -subj '/O=DebVisor/CN=DebVisor web issuer 2' -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign -keyout issuer2.key -out issuer2.csr
      openssl x509 -req -in issuer2.csr -copy_extensions copy -days 1825 -CA $certs/ca.crt -CAkey ca.key -out issuer2.crt 2>/dev/null
      openssl req -quiet -new -key $certs/panel.key -subj /O=DebVisor/CN=panel -addext extendedKeyUsage=serverAuth -addext subjectAltName=DNS:$name,DNS:localhost,IP:127.0.0.1 -out panel.csr
      openssl x509 -req -in panel.csr -copy_extensions copy -days 365 -CA issuer2.crt -CAkey issuer2.key -out $certs/panel.crt 2>/dev/null
      rm panel.csr issuer2.csr; systemctl reload nginx; restart panel`,
    probe: `[ "$(trusted)" = 60 ] && [ "$(ask $front/auth/login)" = 200 ] && openssl verify -CAfile $certs/ca.crt -untrusted /etc/debvisor/pki/issuer2.crt $certs/panel.crt`,
    within: 20,
    expect: [[/panel\.crt/, /intermediate|chain|issuer|web issuer 2|incomplete/i]],
    mustNotClaim: [/expired|host ?name/i],
    object: /panel\.crt/,
  },
  {
    id: 'blind2-script-type',
    topic: 'websocket',
    cause:
      'nginx.conf has lost its mime.types: the script of the dashboard comes as octet-stream, and browsers refuse to run it',
    inject: `printf 'add_header X-Content-Type-Options nosniff always;\\n' >/etc/nginx/conf.d/nosniff.conf; sed -i 's|^\\(\\s*\\)include /etc/nginx/mime.types;|\\1#include /etc/nginx/mime.types;|' /etc/nginx/nginx.conf; systemctl reload nginx`,
    probe: `head=$(curl -sk -m 5 -D - -o /dev/null -H "Host: $name" $front/static/dashboard.js); echo "$head" | grep -qi '^content-type: application/octet-stream' && echo "$head" | grep -qi nosniff`,
    expect: [[/mime\.types|octet-stream|Content-Type|MIME/i]],
    mustNotClaim: [/origin|upgrade|database/i],
    object: /mime\.types/,
  },
  {
    id: 'blind2-half-hello',
    topic: 'performance',
    cause:
      'tls-audit opens connections to 8443, sends the begin of a TLS hello and waits: they hold all 64 threads of the panel',
    inject: `
      cat >/usr/local/bin/tls-audit <<'END'
import socket, time
held = []
while True:
    while len(held) < 90:
        held.append(socket.create_connection(("127.0.0.1", 8443), 5))
        held[-1].sendall(b"\\x16\\x03\\x01\\x02\\x00")
    time.sleep(5)
END
      background tls-audit python3 /usr/local/bin/tls-audit`,
    probe: `[ "$(curl -sk -o /dev/null -w '%{http_code}' -m 5 -H "Host: $name" $front/auth/login)" = 000 ] && [ "$(unit panel ActiveState)" = active ]`,
    within: 25,
    expect: [[/tls-audit/, /connection|thread|8443/i]],
    mustNotClaim: [/database|postgres|memory/i],
    object: /tls-audit/,
  },
  {
    id: 'blind2-few-connections',
    topic: 'performance',
    cause:
      'GUNICORN_CMD_ARGS allows three connections at a time: three open dashboards are enough to make everybody else wait',
    inject: `
      printf 'GUNICORN_CMD_ARGS="--worker-connections 3"\\n' >>$secrets; restart panel; sleep 2
      for n in 1 2 3; do background wall-display-$n sh -c "while :; do curl -sk -o /dev/null -m 500 -H 'Host: $name' -H 'Origin: https://$name' -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==' '$front/socket.io/?EIO=4&transport=websocket'; sleep 0.2; done"; done`,
    probe: `[ "$(curl -sk -o /dev/null -w '%{http_code}' -m 3 -H "Host: $name" $front/auth/login)" = 000 ] && [ "$(unit panel ActiveState)" = active ]`,
    within: 40,
    expect: [[/worker.connections/i]],
    mustNotClaim: [/database|postgres|memory|nginx.*worker_connections/i],
    object: /worker.connections|GUNICORN_CMD_ARGS/,
  },
  {
    id: 'blind2-legacy-zone',
    topic: 'db',
    cause:
      'postgresql.conf names the time zone US/Eastern, which Debian 13 has only in tzdata-legacy: PostgreSQL does not start',
    inject: `sed -i "s|^timezone = .*|timezone = 'US/Eastern'|" $pg_config; pg_restart`,
    probe: `[ "$(browser login '' $direct)" = 500 ] && ! pg_isready -q -h localhost`,
    within: 20,
    expect: [[/US\/Eastern|tzdata-legacy|time ?zone/i]],
    mustNotClaim: [/disk|password|memory/i],
    object: /US\/Eastern|timezone/i,
  },
]

/** Beside each quiet cause something is louder, or a source of evidence is missing. */
const lookAlikes: readonly Case[] = [
  {
    id: 'blind2-alike-ended-listener',
    topic: 'service',
    cause:
      'a migration tool held port 8443 until the panel had used up its starts; the port is free now, but systemd has given up',
    inject: `
      systemctl stop debvisor-panel; sed -i 's/^RestartSec=.*/RestartSec=1s/' $panel_unit; systemctl daemon-reload
      background certificate-import python3 -c 'import socket, time; s = socket.create_server(("0.0.0.0", 8443)); time.sleep(500)'; sleep 1
      restart panel; for _ in $(seq 60); do is_failed panel && break; sleep 1; done; systemctl stop certificate-import; sleep 1`,
    probe: `[ "$(ask $front/auth/login)" = 502 ] && is_failed panel && ! ss -Hltn sport = :8443 | grep -q 8443`,
    within: 70,
    expect: [
      [
        /debvisor-panel/,
        /start.?limit|too (often|quickly|many)|gave up|given up|gives up|no longer (tries|held|in use)|free (now|again)/i,
      ],
    ],
    mustNotClaim: [/8443 is (held|taken|in use)|(holds|listens on|has taken) (port )?8443/i],
  },
  {
    id: 'blind2-alike-mode-and-logins',
    topic: 'service',
    cause:
      'nodes.json may be read by root only since an edit; a script that tries to log in with an old password all the time is harmless',
    inject: `
      background rack-display sh -c "while :; do curl -sk -o /dev/null -m 8 -H 'Host: $name' --data-urlencode name=display --data-urlencode password=summer $direct/auth/login; sleep 1.5; done"
      cp /var/lib/debvisor/rpc/nodes.json /var/lib/debvisor/rpc/nodes.json.new; chmod 600 /var/lib/debvisor/rpc/nodes.json.new; mv /var/lib/debvisor/rpc/nodes.json.new /var/lib/debvisor/rpc/nodes.json`,
    probe: `[ "$(browser nodes '' $direct)" = 502 ] && panel_log 'failed login' && panel_log INTERNAL`,
    within: 25,
    expect: [[/nodes\.json/, /permission|denied|may not|cannot (be )?read|mode|owner|root/i]],
    mustNotClaim: [/login|certificate/i],
    object: /nodes\.json/,
  },
  {
    id: 'blind2-alike-no-tools',
    topic: 'service',
    cause:
      'the RPC daemon listens on 127.0.1.1 and the panel asks 127.0.0.1; ss and netstat are not installed, and the journal is kept nowhere',
    inject: `
      rm -f /usr/bin/ss /bin/ss /usr/bin/netstat /bin/netstat
      mkdir -p /etc/systemd/journald.conf.d; printf '[Journal]\\nStorage=none\\n' >/etc/systemd/journald.conf.d/none.conf; systemctl restart systemd-journald
      sed -i 's/"host": "127.0.0.1"/"host": "127.0.1.1"/' /etc/debvisor/rpc/config.json; restart rpcd`,
    probe: `[ "$(browser nodes '' $direct)" = 502 ] && [ "$(unit rpcd ActiveState)" = active ] && ! command -v ss >/dev/null && python3 -c 'import socket; socket.create_connection(("127.0.1.1", 7443), 2)'`,
    within: 20,
    expect: [[/127\.0\.1\.1/]],
    mustNotClaim: [/certificate|rpcd.* (is )?(down|stopped|not running)/i],
    object: /127\.0\.1\.1|config\.json/,
  },
  {
    id: 'blind2-alike-cookie-and-kills',
    topic: 'performance',
    cause:
      'nginx takes the cookie from what goes to /api/, so that every answer is 401; an import that is killed by its own memory limit is harmless',
    inject: `
      site_edit '/location \\/api\\/ {/a\\        proxy_set_header Host $host;\\n        proxy_set_header Cookie "";'
      printf '[Unit]\\nDescription=Import of the asset list\\n\\n[Service]\\nMemoryMax=24M\\nExecStart=/usr/bin/python3 -c "x = [bytes(1000000) for n in range(200)]; y = bytearray(150000000); y[::4096] = b\\\\"1\\\\" * len(y[::4096])"\\n' >/etc/systemd/system/asset-import.service
      ${timerEvery('asset-import', 6)}
      systemctl daemon-reload; systemctl enable -q --now asset-import.timer; sleep 8`,
    probe: `[ "$(code $front/api/stats)" = 401 ] && [ "$(code $direct/api/stats)" = 200 ] && [ "$(systemctl show -P Result asset-import)" != success ]`,
    within: 30,
    expect: [[/cookie/i, /\/api\/|nginx|proxy_set_header/i]],
    mustNotClaim: [/memory|asset-import|OOM|secret/i],
    object: /proxy_set_header Cookie|Cookie ""/,
  },
]

export const secondBlindFaults: readonly Omit<Fault, 'platform' | 'kind'>[] = [...faults, ...lookAlikes].map(
  lookedAt,
)

export const secondBlindPairs: readonly Omit<Fault, 'platform' | 'kind'>[] = (
  [
    {
      id: 'blind2-pair-view-and-authority-path',
      topic: 'db',
      cause:
        'alerts is a materialized view that a restore has not filled; RPC_CA_CERT of the unit names a file that is not there',
      inject: `
        sql 'ALTER TABLE alerts RENAME TO alerts_all; CREATE MATERIALIZED VIEW alerts AS SELECT * FROM alerts_all WITH NO DATA; ALTER MATERIALIZED VIEW alerts OWNER TO debvisor'
        unit_edit panel 's|^Environment=RPC_CA_CERT=.*|Environment=RPC_CA_CERT=/etc/debvisor/certs/ca-bundle.pem|'; sleep 2`,
      probe: `[ "$(code $direct/api/alerts)" = 500 ] && panel_log 'has not been populated' && [ "$(browser nodes '' $direct)" = 502 ] && [ "$(code $direct/api/stats)" = 200 ]`,
      within: 20,
      expect: [
        [/alerts/, /materiali[sz]ed|populated|REFRESH/i],
        [/RPC_CA_CERT|ca-bundle\.pem/, /missing|no such file|not (there|exist|found)|does not exist|gone/i],
      ],
      object: [/alerts/, /RPC_CA_CERT|ca-bundle/],
    },
    {
      id: 'blind2-pair-narrow-column-and-script',
      topic: 'db',
      cause:
        'a migration made metrics.memory numeric(2,2), a fraction, and the panel still writes percentages; a deploy renamed the script that the page asks for',
      inject: `
        sql 'ALTER TABLE metrics ALTER memory TYPE numeric(2,2) USING memory / 100'
        mv $app/static/dashboard.js $app/static/dashboard.4f1c.js; sleep 3`,
      probe: `panel_log 'numeric field overflow' && [ "$(ask $front/static/dashboard.js)" = 404 ] && grep -q 'dashboard\\.js' $app/templates/dashboard.html`,
      within: 25,
      expect: [[/metrics/, /numeric|overflow|memory/i], [/dashboard(\.4f1c)?\.js/]],
      object: [/metrics(\.memory)?/, /dashboard(\.4f1c)?\.js/],
    },
    {
      id: 'blind2-pair-cache-key-and-method',
      topic: 'service',
      cause:
        'stats-feed keeps a list under panel:stats in the Redis that is the cache; an if of nginx in /api/ refuses POST, with which alerts are acknowledged',
      inject: `
        echo 'REDIS_URL=redis://127.0.0.1:6379/0' >>$dotenv; systemctl enable -q --now redis-server; restart panel; sleep 2
        background stats-feed sh -c 'while :; do redis-cli del panel:stats >/dev/null; redis-cli rpush panel:stats 1 2 3 >/dev/null; sleep 0.5; done'
        site_edit '/location \\/api\\/ {/a\\        if ($request_method !~ ^(GET|HEAD)$) {\\n            return 405;\\n        }'`,
      probe: `[ "$(code $direct/api/stats)" = 500 ] && panel_log WRONGTYPE && [ "$(code -X POST $front/api/alerts/1/acknowledge)" = 405 ] && [ "$(code -X POST $direct/api/alerts/1/acknowledge)" = 200 ]`,
      within: 25,
      expect: [
        [/panel:stats|WRONGTYPE|stats-feed/, /redis|key|type|list/i],
        [/405|request_method|POST/, /nginx|\/api\/|debvisor-panel/],
      ],
      object: [/panel:stats|stats-feed/, /request_method/],
    },
  ] satisfies readonly Case[]
).map(lookedAt)

/** Odd, and nothing is wrong. */
export const secondBlindHealthyHosts: readonly Omit<Fault, 'platform' | 'kind' | 'expect'>[] = [
  {
    id: 'blind2-healthy-after-upgrade',
    topic: 'db',
    cause:
      'Debian was upgraded: the collation of the database is of the old ICU, which PostgreSQL warns of at each login; files of the old configuration lie beside the new ones',
    inject: `
      sql "UPDATE pg_database SET datlocprovider = 'i', datlocale = 'en-US', datcollversion = '153.120' WHERE datname IN ('debvisor', 'postgres')"
      for file in /etc/nginx/nginx.conf $hba $pg_config /etc/redis/redis.conf; do cp -p $file $file.dpkg-dist; done; cp -p $site /etc/nginx/sites-available/debvisor-panel.bak
      mkdir -p /etc/postgresql/15/main.removed; cp $hba /etc/postgresql/15/main.removed/; pg_restart; restart panel`,
    probe: `sleep 2; browser all && psql -Xqw -d "$(sed -n 's/^Environment=DATABASE_URL=//p' $panel_unit)" -c 'SELECT 1' 2>&1 | grep -q 'collation version mismatch'`,
    within: 30,
  },
  {
    id: 'blind2-healthy-socket-file',
    topic: 'websocket',
    cause:
      'gunicorn speaks plain HTTP on a socket file in /run, and nginx asks it there: nothing listens on 8443',
    inject: `
      sed -i 's|--bind 0.0.0.0:8443|--bind unix:/run/debvisor-panel/web.sock|; s|^  --certfile.*|  \\\\|; s|^NoNewPrivileges|RuntimeDirectory=debvisor-panel\\n&|' $panel_unit; systemctl daemon-reload; restart panel
      site_edit 's|server 127.0.0.1:8443|server unix:/run/debvisor-panel/web.sock|; s|https://debvisor_panel|http://debvisor_panel|'`,
    probe: `sleep 2; browser all && ! ss -Hltn sport = :8443 | grep -q 8443`,
    within: 30,
  },
  {
    id: 'blind2-healthy-forwarded-database',
    topic: 'db',
    cause:
      'the panel reaches PostgreSQL by a forwarder of systemd on 6432; PostgreSQL listens on 5432 as ever',
    inject: `
      printf '[Unit]\\nDescription=Way to the database\\n\\n[Socket]\\nListenStream=127.0.0.1:6432\\n\\n[Install]\\nWantedBy=sockets.target\\n' >/etc/systemd/system/database-way.socket
      printf '[Unit]\\nDescription=Way to the database\\nRequires=database-way.socket\\nAfter=database-way.socket postgresql.service\\n\\n[Service]\\nExecStart=/usr/lib/systemd/systemd-socket-proxyd 127.0.0.1:5432\\nPrivateTmp=yes\\n' >/etc/systemd/system/database-way.service
      systemctl daemon-reload; systemctl enable -q --now database-way.socket; unit_edit panel 's|localhost:5432|127.0.0.1:6432|'`,
    probe: `sleep 2; browser all && systemctl is-active -q database-way.service && [ -z "$(ss -Htn state established '( dport = :5432 )' | grep -v 127.0.0.1:5432)" ]`,
    within: 30,
  },
]
