import type { Fault } from './fault.ts'

type Case = Omit<Fault, 'platform' | 'kind' | 'unseen'>

/** signed CURL-OPTION... URL: what one who is signed in gets. */
const signed = `signed() {
  [ -s /root/.panel-cookie ] || browser login '' $direct >/dev/null
  curl -sk -m 8 -H "Host: $name" -H "Cookie: $(cat /root/.panel-cookie)" "$@"
}
code() { signed -o /dev/null -w '%{http_code}' "$@"; }
# slow SECONDS URL: answered with 200, and not before.
slow() { signed -o /dev/null -w '%{http_code} %{time_total}' -m 20 "$2" | awk -v least="$1" '{ exit !($1 == 200 && $2 >= least) }'; }
# stale URL: the same figures 5 s later, though the collector writes every 2 s.
stale() { one=$(signed "$1"); sleep 5; two=$(signed "$1"); case $one in *taken_at*) [ "$one" = "$two" ];; *) false;; esac; }
`

const lookedAt = (one: Case): Case => ({ ...one, probe: signed + one.probe })

const faults: readonly Case[] = [
  {
    id: 'blind-conflicting-job',
    topic: 'service',
    cause:
      'a maintenance job that conflicts with the panel ran: it stopped the panel and nothing starts it again',
    inject: `
      cat >/etc/systemd/system/debvisor-vacuum.service <<'END'
[Unit]
Description=Vacuum of the panel's database
After=postgresql.service
Conflicts=debvisor-panel.service

[Service]
Type=oneshot
User=postgres
ExecStart=/usr/bin/vacuumdb -q debvisor
END
      cat >/etc/systemd/system/debvisor-vacuum.timer <<'END'
[Unit]
Description=Vacuum of the panel's database

[Timer]
OnCalendar=Sun 02:30

[Install]
WantedBy=timers.target
END
      systemctl daemon-reload; systemctl enable -q --now debvisor-vacuum.timer; systemctl start debvisor-vacuum`,
    probe: `[ "$(ask $front/auth/login)" = 502 ] && [ "$(unit panel ActiveState)" = inactive ] && [ "$(unit vacuum Result)" = success ]`,
    expect: [[/debvisor-vacuum/, /conflict|stop/i]],
    mustNotClaim: [/crash|memory|database/i],
    object: /debvisor-vacuum/,
  },
  {
    id: 'blind-pip-shadow',
    topic: 'service',
    cause: 'a Werkzeug of pip in /usr/local hides Debian’s, and Flask cannot use it',
    inject: `
      dir=/usr/local/lib/python3.13/dist-packages
      mkdir -p $dir/werkzeug $dir/werkzeug-0.16.1.dist-info
      echo '__version__ = "0.16.1"' >$dir/werkzeug/__init__.py
      printf 'class MultiDict(dict):\\n    """Several values a key."""\\n\\n\\nclass Headers(list):\\n    """In the order of the request."""\\n' >$dir/werkzeug/datastructures.py
      printf 'Metadata-Version: 2.1\\nName: Werkzeug\\nVersion: 0.16.1\\n' >$dir/werkzeug-0.16.1.dist-info/METADATA
      echo pip >$dir/werkzeug-0.16.1.dist-info/INSTALLER
      restart panel`,
    probe: `[ "$(ask $front/auth/login)" = 502 ] && tail -100 /var/log/debvisor/panel-error.log | grep -q "No module named 'werkzeug"`,
    expect: [[/werkzeug/i, /\/usr\/local\/lib\/python3/]],
    object: /\/usr\/local\/lib\/python3|werkzeug/i,
  },
  {
    id: 'blind-rpcd-socket-unit',
    topic: 'service',
    cause: 'debvisor-rpcd.socket makes systemd itself listen on 7443, where the daemon then cannot',
    inject: `
      systemctl stop debvisor-rpcd
      cat >/etc/systemd/system/debvisor-rpcd.socket <<'END'
[Unit]
Description=Socket of the DebVisor RPC daemon

[Socket]
ListenStream=127.0.0.1:7443

[Install]
WantedBy=sockets.target
END
      systemctl daemon-reload; systemctl enable -q --now debvisor-rpcd.socket; restart rpcd`,
    probe: `[ "$(browser nodes '' $direct)" = 502 ] && [ "$(unit rpcd ActiveState)" != active ] && journalctl -q -u debvisor-rpcd -n 60 -o cat | grep -q 'cannot listen'`,
    within: 30,
    expect: [[/debvisor-rpcd\.socket/, /7443|in use|listen/i]],
    object: /debvisor-rpcd\.socket/,
  },
  {
    id: 'blind-rpcd-own-network',
    topic: 'service',
    cause: 'PrivateNetwork of a hardening drop-in: the RPC daemon listens on a loopback of its own',
    inject: `printf '[Service]\\nProtectHome=yes\\nPrivateDevices=yes\\nPrivateNetwork=yes\\nProtectKernelTunables=yes\\n' | drop_in debvisor-rpcd.service; restart rpcd`,
    probe: `[ "$(browser nodes '' $direct)" = 502 ] && [ "$(unit rpcd ActiveState)" = active ] && ! ss -Hltn sport = :7443 | grep -q 7443`,
    expect: [[/PrivateNetwork|network namespace|network of its own|own network/i, /rpcd/]],
    mustNotClaim: [/certificate|firewall/i],
    object: /debvisor-rpcd\.service\.d|override\.conf|PrivateNetwork/,
  },
  {
    id: 'blind-security-level',
    topic: 'service',
    cause:
      'openssl.cnf demands security level 3: every program that has started since refuses the 2048-bit keys',
    inject: `
      sed -i 's/^providers = provider_sect$/&\\nssl_conf = ssl_sect/' /etc/ssl/openssl.cnf
      cat >>/etc/ssl/openssl.cnf <<'END'

[ssl_sect]
system_default = system_default_sect

[system_default_sect]
MinProtocol = TLSv1.2
CipherString = DEFAULT:@SECLEVEL=3
END
      restart rpcd; restart panel`,
    probe: `[ "$(ask $front/auth/login)" = 502 ] && journalctl -q -u debvisor-rpcd -n 40 -o cat | grep -qi 'too small'`,
    expect: [[/openssl\.cnf|SECLEVEL|security level/i, /key|2048|openssl\.cnf/i]],
    mustNotClaim: [/expired|missing/i],
    object: /openssl\.cnf/,
  },
  {
    id: 'blind-authority-replaced',
    topic: 'service',
    cause: 'the authority was made anew under its old name: what it signed before is no longer of it',
    inject: `
      openssl req -quiet -x509 -newkey rsa:2048 -nodes -days 3650 -subj '/O=DebVisor/CN=DebVisor internal CA' -addext keyUsage=critical,keyCertSign,cRLSign -keyout /etc/debvisor/pki/ca.key -out $certs/ca.crt
      restart rpcd; restart panel`,
    probe: `[ "$(browser nodes '' $direct)" = 502 ] && ! openssl verify -CAfile $certs/ca.crt $certs/rpc-server.crt >/dev/null 2>&1 && [ "$(trusted)" != 0 ]`,
    expect: [
      [
        /ca\.crt|authority|issuer|\bCA\b/i,
        /rpc-server|panel-client|not signed|not issued|not of|verif|other/i,
      ],
    ],
    mustNotClaim: [/expired|host ?name/i],
    object: /ca\.crt/,
  },
  {
    id: 'blind-empty-node-list',
    topic: 'service',
    cause: 'nodes.json of the RPC daemon is empty since a crash: the daemon calls that an unknown method',
    inject: `truncate -s 0 /var/lib/debvisor/rpc/nodes.json`,
    probe: `[ "$(browser nodes '' $direct)" = 502 ] && panel_log INVALID_ARGUMENT`,
    expect: [[/nodes\.json/, /empty|0 bytes|JSON|truncat|cannot (read|parse)/i]],
    mustNotClaim: [/certificate|TLS/i],
    object: /nodes\.json/,
  },
  {
    id: 'blind-cookie-path',
    topic: 'service',
    cause:
      'nginx gives the session cookie the path /panel/, where the browser never sends it: nobody stays logged in',
    inject: `site_edit 's|^    proxy_http_version 1.1;|&\\n    proxy_cookie_path / /panel/;|'`,
    probe: `
      jar=$(mktemp)
      page() { curl -s -o /dev/null -w '%{http_code}' -m 8 -b $jar -c $jar --cacert $certs/ca.crt --resolve $name:443:127.0.0.1 "$@"; }
      entered=$(page --data-urlencode name=operator --data-urlencode "password=$panel_password" https://$name/auth/login)
      shown=$(page https://$name/dashboard/); rm $jar
      [ "$entered" = 302 ] && [ "$shown" = 302 ]`,
    expect: [[/cookie/i, /proxy_cookie_path|\/panel\/|path/i]],
    mustNotClaim: [/secret|password/i],
    object: /proxy_cookie_path/,
  },
  {
    id: 'blind-cached-api',
    topic: 'service',
    cause: 'nginx keeps what the API answered for half an hour: the dashboard shows old figures',
    inject: `
      install -d -o www-data -g www-data /var/cache/nginx
      echo 'proxy_cache_path /var/cache/nginx levels=1:2 keys_zone=panel:10m max_size=100m inactive=60m;' >/etc/nginx/conf.d/cache.conf
      site_edit '/location \\/api\\/ {/a\\        proxy_cache panel;\\n        proxy_cache_valid 200 30m;\\n        proxy_ignore_headers Cache-Control Expires Set-Cookie Vary;'`,
    probe: `stale $front/api/stats && ! stale $direct/api/stats`,
    within: 30,
    expect: [[/proxy_cache|cache/i, /nginx|\/api\/|cache\.conf|debvisor-panel/]],
    mustNotClaim: [/collector|redis/i],
    object: /proxy_cache|cache\.conf/,
  },
  {
    id: 'blind-prepared-transaction',
    topic: 'db',
    cause:
      'a prepared transaction of an abandoned migration holds the lock on alerts: no session is to be seen',
    inject: `
      pg_setting 'max_prepared_transactions = 10'; pg_restart; sleep 2
      runuser -u postgres -- psql -Xq -d debvisor -c BEGIN -c 'ALTER TABLE alerts ADD COLUMN source varchar(80)' -c "PREPARE TRANSACTION 'alembic_0004_alert_source'"`,
    probe: `[ "$(code -m 4 $direct/api/alerts)" = 000 ] && [ "$(code $direct/api/stats)" = 200 ] && [ "$(sql 'SELECT count(*) FROM pg_prepared_xacts')" = 1 ]`,
    expect: [[/prepared/i, /alerts|alembic_0004/]],
    object: /prepared|alembic_0004/,
  },
  {
    id: 'blind-absent-standby',
    topic: 'db',
    cause: 'synchronous_standby_names waits for a standby that is not there: reading works, no commit ends',
    inject: `sql "ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 (db2)'"; systemctl reload $pg_unit`,
    probe: `stale $direct/api/stats && [ "$(sql "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'SyncRep'")" = t ]`,
    expect: [[/synchronous_standby_names|SyncRep|synchronous (standby|replica)/i, /db2|standby|replica/i]],
    object: /synchronous_standby_names/,
  },
  {
    id: 'blind-sequence-behind',
    topic: 'db',
    cause:
      'after a restore the sequence of metrics.id is behind its table: each new row has a key that is taken',
    inject: `sql "SELECT setval('metrics_id_seq', 117)" >/dev/null`,
    probe: `stale $direct/api/stats && panel_log metrics_pkey`,
    expect: [[/sequence|metrics_id_seq/i, /metrics/, /behind|duplicate|taken|lower|exists/i]],
    object: /metrics_id_seq/,
  },
  {
    id: 'blind-row-security',
    topic: 'db',
    cause:
      'row level security is forced on alerts and no policy is for the platform’s role: the list is empty',
    inject: `sql 'CREATE ROLE auditor NOLOGIN'; sql 'ALTER TABLE alerts ENABLE ROW LEVEL SECURITY; ALTER TABLE alerts FORCE ROW LEVEL SECURITY; CREATE POLICY audit_read ON alerts FOR SELECT TO auditor USING (true)'`,
    probe: `signed $direct/api/alerts | tr -d ' \\n' | grep -q '"alerts":\\[\\]' && [ "$(sql 'SELECT count(*) > 0 FROM alerts')" = t ]`,
    expect: [[/row.?(level )?security|polic/i, /alerts/]],
    object: /row.?(level )?security|audit_read|polic/i,
  },
  {
    id: 'blind-libpq-options',
    topic: 'db',
    cause: 'PGOPTIONS in the panel’s environment makes all its transactions read-only',
    inject: `printf 'PGOPTIONS="-c default_transaction_read_only=on"\\n' >>$secrets; restart panel`,
    probe: `[ "$(code -X POST $direct/api/alerts/1/acknowledge)" = 500 ] && [ "$(code $direct/api/alerts)" = 200 ] && panel_log 'read-only transaction'`,
    expect: [[/read.?only/i, /PGOPTIONS|\/etc\/default\/debvisor-panel/]],
    object: /PGOPTIONS/,
  },
  {
    id: 'blind-libpq-verify',
    topic: 'db',
    cause: 'PGSSLMODE=verify-full in the panel’s environment, without a root certificate for libpq',
    inject: `echo 'PGSSLMODE=verify-full' >>$secrets; restart panel`,
    probe: `[ "$(code $direct/api/stats)" = 500 ] && panel_log 'root certificate file'`,
    expect: [
      [/PGSSLMODE|sslmode|verify-full|root\.crt|root certificate/i, /PGSSLMODE|\/etc\/default|root\.crt/],
    ],
    mustNotClaim: [/password|is down/i],
    object: /PGSSLMODE/,
  },
  {
    id: 'blind-shadowed-socketio',
    topic: 'websocket',
    cause:
      'flask_socketio.py beside the panel, a stand-in for tests, hides the package: the log says it is not installed',
    inject: `
      cat >$app/flask_socketio.py <<'END'
"""What the tests of the views need: it remembers what was sent."""


class Recorder:
    def __init__(self):
        self.sent = []

    def emit(self, name, body, namespace="/"):
        self.sent.append((namespace, name, body))
END
      chown www-data:www-data $app/flask_socketio.py; restart panel`,
    probe: `[ "$(ask "$front/socket.io/?EIO=4&transport=polling")" = 404 ] && [ "$(code $direct/api/stats)" = 200 ]`,
    expect: [[/flask_socketio\.py/]],
    object: /flask_socketio\.py/,
  },
  {
    id: 'blind-half-proc',
    topic: 'websocket',
    cause:
      'ProcSubset=pid of a hardening drop-in hides loadavg and meminfo: the collector fails, so that no event comes',
    inject: `printf '[Service]\\nProtectKernelLogs=yes\\nProtectProc=invisible\\nProcSubset=pid\\n' | drop_in debvisor-panel.service; restart panel`,
    probe: `panel_log 'no metrics collected' && ! browser websocket 5 $direct && [ "$(code $direct/api/stats)" = 200 ]`,
    within: 25,
    expect: [[/ProcSubset|\/proc|load ?av|meminfo/i, /ProcSubset|override\.conf/]],
    object: /override\.conf|ProcSubset/,
  },
  {
    id: 'blind-second-instance',
    topic: 'websocket',
    cause:
      'nginx shares requests between two instances of the panel with secrets of their own: sessions last for every second request',
    inject: `
      printf 'SECRET_KEY=%s\\nJWT_SECRET=%s\\n' "$(openssl rand -hex 32)" "$(openssl rand -hex 32)" >/etc/default/debvisor-panel-next
      chown root:www-data /etc/default/debvisor-panel-next; chmod 640 /etc/default/debvisor-panel-next
      sed 's/8443/8444/; s|/etc/default/debvisor-panel|&-next|; s/panel-access/panel-next-access/; s/panel-error/panel-next-error/; s/web panel$/& (next release)/' $panel_unit >/etc/systemd/system/debvisor-panel-next.service
      systemctl daemon-reload; systemctl enable -q --now debvisor-panel-next
      for _ in 1 2 3 4 5 6 7 8 9 10; do [ "$(ask https://127.0.0.1:8444/health/ready)" = 200 ] && break; sleep 1; done
      site_edit 's/^    server 127.0.0.1:8443;/&\\n    server 127.0.0.1:8444;/'`,
    probe: `seen=$(for _ in 1 2 3 4 5 6; do code $front/dashboard/; echo; done | sort | uniq -c | awk '{ print $2 }' | tr '\\n' ' '); [ "$seen" = '200 302 ' ]`,
    expect: [[/8444|panel-next/, /secret|session|upstream|second|two|both|instance/i]],
    object: /8444|panel-next/,
  },
  {
    id: 'blind-only-get',
    topic: 'websocket',
    cause: 'limit_except GET in the location of Socket.IO refuses what long polling posts',
    inject: `site_edit '/location \\/socket.io\\/ {/a\\        limit_except GET { deny all; }'`,
    probe: `browser polling 5 2>&1 | grep -q 403 && [ "$(browser websocket 5)" = event ]`,
    within: 20,
    expect: [[/limit_except|POST/, /socket\.io|polling/i]],
    mustNotClaim: [/upgrade|token|CORS|origin/i],
    object: /limit_except/,
  },
  {
    id: 'blind-worker-recycled',
    topic: 'websocket',
    cause:
      'GUNICORN_CMD_ARGS sets max-requests: the only worker ends after 25 requests, and waits for the WebSockets that are open',
    inject: `printf 'GUNICORN_CMD_ARGS="--max-requests 25 --max-requests-jitter 5"\\n' >>$secrets; restart panel; tabs 3`,
    probe: `tail -60 /var/log/debvisor/panel-error.log | grep -qi 'autorestarting worker' && ! browser hold 20`,
    within: 60,
    expect: [[/max.?requests|recycl|autorestart/i, /GUNICORN_CMD_ARGS|max.?requests/i]],
    object: /GUNICORN_CMD_ARGS/,
  },
  {
    id: 'blind-byte-rate',
    topic: 'performance',
    cause: 'limit_rate 128 of nginx was meant as kbit: each answer trickles with 128 bytes a second',
    inject: `printf '# A download of the logs must not fill the line.\\nlimit_rate 128;\\n' >/etc/nginx/conf.d/bandwidth.conf; systemctl reload nginx`,
    probe: `slow 3 $front/dashboard/ && ! slow 1 $direct/dashboard/`,
    expect: [[/limit_rate(?!_)/]],
    mustNotClaim: [/database|worker|thread/i],
    object: /limit_rate|bandwidth\.conf/,
  },
  {
    id: 'blind-metrics-hook',
    topic: 'performance',
    cause:
      'gunicorn.conf.py tells a Graphite server of each request before it is answered, and that server is gone: up to 2 s a request',
    inject: `
      cat >$app/gunicorn.conf.py <<'END'
import socket
import time


def pre_request(worker, req):
    line = f"debvisor.panel.requests 1 {int(time.time())}\\n"
    try:
        with socket.create_connection(("198.18.0.60", 2003), timeout=2) as graphite:
            graphite.sendall(line.encode())
    except OSError:
        pass
END
      chown www-data:www-data $app/gunicorn.conf.py; restart panel`,
    probe: `hits=0; for _ in 1 2 3 4; do slow 1 $direct/health/live && hits=$((hits + 1)); done; [ $hits -ge 2 ]`,
    within: 20,
    expect: [[/gunicorn\.conf\.py|pre_request|198\.18\.0\.60|:2003/]],
    mustNotClaim: [/database|postgres/i],
    object: /gunicorn\.conf\.py/,
  },
  {
    id: 'blind-costly-policy',
    topic: 'performance',
    cause: 'a row policy on metrics reads a table without an index for each row that is looked at',
    inject: `
      sql 'CREATE TABLE node_grants (login text NOT NULL, node_id integer NOT NULL); ALTER TABLE node_grants OWNER TO debvisor'
      sql "INSERT INTO node_grants SELECT 'user' || n, n FROM generate_series(9, 25000) n"
      sql "INSERT INTO node_grants SELECT 'debvisor', n FROM generate_series(1, 8) n; ANALYZE node_grants"
      sql "CREATE FUNCTION may_see(integer) RETURNS boolean LANGUAGE plpgsql STABLE AS 'BEGIN RETURN EXISTS (SELECT FROM node_grants WHERE login = current_user AND node_id = \\$1); END'"
      sql 'ALTER TABLE metrics ENABLE ROW LEVEL SECURITY; ALTER TABLE metrics FORCE ROW LEVEL SECURITY; CREATE POLICY own_nodes ON metrics USING (may_see(node_id)) WITH CHECK (true)'`,
    probe: `slow 1.2 $direct/api/stats && ! slow 1 $direct/health/live`,
    within: 20,
    expect: [[/polic|row.?(level )?security|may_see|node_grants/i, /metrics|node_grants/]],
    object: /may_see|node_grants|own_nodes|row.?(level )?security/i,
  },
  {
    id: 'blind-loopback-shaped',
    topic: 'performance',
    cause: 'a token bucket that a bandwidth test left on lo lets 48 kbit a second through',
    inject: `tc qdisc add dev lo root tbf rate 48kbit burst 8kb latency 3s`,
    probe: `slow 0.8 $front/dashboard/ || slow 0.8 $front/dashboard/`,
    within: 40,
    expect: [[/qdisc|tbf|shap|traffic control/i, /\blo\b|loopback/i]],
    object: /qdisc|tbf/,
  },
]

/** Beside each quiet cause something is louder. */
const lookAlikes: readonly Case[] = [
  {
    id: 'blind-alike-rpc-limit',
    topic: 'service',
    cause:
      'capacity-report uses up the calls that the RPC daemon allows in a minute; a port check without TLS, which fails, is harmless',
    inject: `
      cat >/usr/local/bin/capacity-report <<'END'
import socket, ssl, time
certs = "/etc/debvisor/certs/"
context = ssl.create_default_context(cafile=certs + "ca.crt")
context.load_cert_chain(certs + "panel-client.crt", certs + "panel-client.key")
while True:
    try:
        with socket.create_connection(("127.0.0.1", 7443), 5) as plain, context.wrap_socket(plain, server_hostname="127.0.0.1") as rpc:
            rpc.sendall(b'{"method": "nodes.list"}\\n')
            rpc.recv(65536)
    except OSError:
        pass
    time.sleep(0.06)
END
      background capacity-report --uid=www-data python3 /usr/local/bin/capacity-report
      background port-check bash -c 'while :; do (: </dev/tcp/127.0.0.1/7443) 2>/dev/null; sleep 0.2; done'`,
    probe: `[ "$(browser nodes '' $direct)" = 502 ] && panel_log RESOURCE_EXHAUSTED && journalctl -q -u debvisor-rpcd -n 600 -o cat | grep -qE 'handshake|ended'`,
    within: 45,
    expect: [
      [/RESOURCE_EXHAUSTED|rate limit|calls_per_minute|calls a minute/i, /capacity-report|calls_per_minute/],
    ],
    mustNotClaim: [/certificate|handshake/i],
    object: /capacity-report/,
  },
  {
    id: 'blind-alike-search-path',
    topic: 'db',
    cause:
      'the role’s search_path names a schema without the tables; a dump job whose password is refused every 2 s is harmless',
    inject: `
      background nightly-dump sh -c 'while :; do PGPASSWORD=winter pg_dump -h localhost -U dump debvisor >/dev/null 2>&1; sleep 2; done'
      sql 'CREATE SCHEMA reporting AUTHORIZATION debvisor; ALTER ROLE debvisor IN DATABASE debvisor SET search_path = reporting'
      sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'debvisor'" >/dev/null`,
    probe: `[ "$(code $direct/api/alerts)" = 500 ] && panel_log 'relation .*alerts.* does not exist' && tail -40 /var/log/postgresql/postgresql-17-main.log | grep -q 'user "dump"'`,
    expect: [[/search_path/, /debvisor|reporting/]],
    mustNotClaim: [/password|dump/i, /missing table|no table/i],
    object: /search_path/,
  },
  {
    id: 'blind-alike-quiet-namespace',
    topic: 'websocket',
    cause:
      'proxy_read_timeout of Socket.IO is shorter than its ping interval, so that quiet sessions end; a wallboard with an old token is harmless',
    inject: `
      site_edit '/socket.io/,/}/s/proxy_read_timeout 60s/proxy_read_timeout 8s/'
      background wallboard sh -c "while :; do
        sid=\\$(curl -sk -m 5 -H 'Host: $name' '$direct/socket.io/?EIO=4&transport=polling' | sed 's/.*\\"sid\\":\\"\\([^\\"]*\\).*/\\1/')
        curl -sk -m 5 -o /dev/null -H 'Host: $name' -H 'Content-Type: text/plain' -d '40/alerts,{\\"token\\":\\"Indhbmdib2FyZCI.aQ1zZw.5sPq2m7cT1YvG0n9wXkQeR3LbUo\\"}' \\"$direct/socket.io/?EIO=4&transport=polling&sid=\\$sid\\"
        sleep 2
      done"`,
    probe: `
      browser_source=$(printf '%s' "$browser_source" | sed 's#/nodes,#/jobs,#g')
      panel_log 'invalid token' && browser websocket 12 | grep -q 'closed the WebSocket'`,
    within: 40,
    expect: [[/proxy_read_timeout|read timeout/i, /\b8 ?s|ping|socket\.io/i]],
    mustNotClaim: [/token|JWT/i],
    object: /proxy_read_timeout/,
  },
  {
    id: 'blind-alike-queued',
    topic: 'performance',
    cause:
      'limit_req of the API has lost nodelay: nginx holds requests back for seconds; a report with long queries is harmless',
    inject: `
      site_edit 's/zone=api burst=10 nodelay/zone=api burst=60/'
      sql 'CREATE ROLE reporting LOGIN; ALTER ROLE reporting SET log_min_duration_statement = 1000'; useradd -r reporting
      background weekly-report --uid=reporting sh -c "while :; do psql -XqAt -d debvisor -c 'SELECT count(*), pg_sleep(4) FROM generate_series(1, 1000)' >/dev/null 2>&1; psql -XqAt -d debvisor -c 'SELECT pg_sleep(6)' >/dev/null; done"
      tabs 10`,
    probe: `slow 1.5 $front/api/alerts && ! slow 1 $direct/api/alerts && tail -20 /var/log/postgresql/postgresql-17-main.log | grep -q duration`,
    within: 45,
    expect: [[/limit_req|rate limit|delaying/i, /nodelay|delay|burst|queue/i]],
    mustNotClaim: [/report|slow quer|long.?running|postgres/i],
    object: /nodelay|burst=60|limit_req/,
  },
]

export const blindFaults: readonly Omit<Fault, 'platform' | 'kind'>[] = [...faults, ...lookAlikes].map(
  lookedAt,
)

export const blindPairs: readonly Omit<Fault, 'platform' | 'kind'>[] = (
  [
    {
      id: 'blind-pair-name-and-keys',
      topic: 'service',
      cause:
        'the certificate of the RPC daemon is for a name that the panel does not use; the sequence of metrics.id has reached the end of integer',
      inject: `issue rpc-server serverAuth DNS:rpc.debvisor.local -days 365; restart rpcd; sql "SELECT setval('metrics_id_seq', 2147483647)" >/dev/null`,
      probe: `[ "$(browser nodes '' $direct)" = 502 ] && panel_log 'reached maximum value' && stale $direct/api/stats`,
      within: 20,
      expect: [
        [/rpc-server/, /127\.0\.0\.1|rpc\.debvisor\.local|name/i],
        [/metrics_id_seq|sequence/i, /maximum|2147483647|exhaust|end/i],
      ],
      object: [/rpc-server\.crt/, /metrics_id_seq/],
    },
    {
      id: 'blind-pair-replica-and-pattern',
      topic: 'websocket',
      cause:
        'the cache is a Redis that has become a replica and refuses writes; a location of nginx against scanners also catches /socket.io/',
      inject: `
        echo 'REDIS_URL=redis://127.0.0.1:6379/0' >>$dotenv
        printf 'replicaof 198.18.0.61 6379\\n' >>/etc/redis/redis.conf; systemctl enable -q --now redis-server; restart panel
        site_edit '/^    location \\/auth\\/login {/i\\    location ~* "\\\\.(php|asp|cgi|env|io)(/|$)" {\\n        return 404;\\n    }\\n'`,
      probe: `[ "$(code $direct/api/stats)" = 500 ] && panel_log ReadOnlyError && [ "$(ask "$front/socket.io/?EIO=4&transport=polling")" = 404 ] && [ "$(ask "$direct/socket.io/?EIO=4&transport=polling")" = 200 ]`,
      within: 20,
      expect: [
        [/redis/i, /read.?only|replica/i],
        [/socket\.io|\(php\|asp/, /location|regular|pattern|404/i],
      ],
      object: [/replicaof|redis\.conf/, /\(php\|asp|location ~/],
    },
    {
      id: 'blind-pair-halted-and-trigger',
      topic: 'db',
      cause:
        'the RPC daemon is halted by SIGSTOP though its unit is active; a trigger on alerts drops every update, so that nothing can be acknowledged',
      inject: `
        sql "CREATE FUNCTION alerts_audit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE LOG ''alert % changed'', OLD.id; RETURN NULL; END'"
        sql 'CREATE TRIGGER audit BEFORE UPDATE ON alerts FOR EACH ROW EXECUTE FUNCTION alerts_audit()'
        kill -STOP "$(unit rpcd MainPID)"`,
      probe: `[ "$(code -X POST $direct/api/alerts/1/acknowledge)" = 404 ] && [ "$(browser nodes '' $direct)" = 502 ] && [ "$(unit rpcd ActiveState)" = active ]`,
      within: 20,
      expect: [
        [/rpcd/, /SIGSTOP|stopped|halted|suspended|frozen|state T/i],
        [/trigger/i, /alerts/],
      ],
      object: [/rpcd/, /alerts_audit|trigger/i],
    },
    {
      id: 'blind-pair-name-and-reloads',
      topic: 'performance',
      cause:
        'nginx shows the certificate of the RPC daemon to browsers; a timer makes gunicorn replace its worker every 15 s, which ends each Socket.IO session',
      inject: `
        site_edit 's/certs.panel\\.crt/certs\\/rpc-server.crt/; s/certs.panel\\.key/certs\\/rpc-server.key/'
        printf '[Unit]\\nDescription=Reload of the web panel\\n\\n[Service]\\nType=oneshot\\nExecStart=/usr/bin/systemctl kill -s HUP --kill-whom=main debvisor-panel.service\\n' >/etc/systemd/system/panel-reload.service
        printf '[Unit]\\nDescription=Reload of the web panel\\n\\n[Timer]\\nOnActiveSec=2s\\nOnUnitActiveSec=15s\\nAccuracySec=1s\\n\\n[Install]\\nWantedBy=timers.target\\n' >/etc/systemd/system/panel-reload.timer
        systemctl daemon-reload; systemctl enable -q --now panel-reload.timer`,
      probe: `[ "$(trusted)" = 60 ] && tail -40 /var/log/debvisor/panel-error.log | grep -q 'Handling signal: hup' && ! browser hold 22`,
      within: 60,
      expect: [
        [/rpc-server/, /panel\.debvisor\.local|name/i],
        [/panel-reload|HUP/, /timer|reload|HUP|worker/i],
      ],
      object: [/rpc-server/, /panel-reload/],
    },
  ] satisfies readonly Case[]
).map(lookedAt)

/** Odd, and nothing is wrong. */
export const blindHealthyHosts: readonly Omit<Fault, 'platform' | 'kind' | 'expect'>[] = [
  {
    id: 'blind-healthy-cache',
    topic: 'performance',
    cause: 'Redis is the cache, small, and drops what is old, as it is told to',
    inject: `
      printf 'maxmemory 4mb\\nmaxmemory-policy allkeys-lru\\nsave ""\\n' >>/etc/redis/redis.conf; systemctl enable -q --now redis-server
      echo 'REDIS_URL=redis://127.0.0.1:6379/2' >>$dotenv; restart panel
      redis-cli -n 5 eval "for n = 1, 3000 do redis.call('SET', 'thumbnail:' .. n, string.rep('x', 2000)) end" 0 >/dev/null`,
    probe: `sleep 2; browser all && redis-cli info stats | tr -d '\\r' | grep -qE '^evicted_keys:[1-9]'`,
    within: 30,
  },
  {
    id: 'blind-healthy-new-keys',
    topic: 'service',
    cause:
      'everything has certificates of elliptic curves, of a new authority and at a new place; the old ones lie there, expired',
    inject: `
      new=/etc/ssl/debvisor; mkdir -p $new; install -d -m 700 $new/authority
      openssl req -quiet -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1825 -subj '/O=Example Works/CN=Example Works services' -addext keyUsage=critical,keyCertSign,cRLSign -keyout $new/authority/ca.key -out $new/ca.pem
      made() {
        openssl req -quiet -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 397 -CA $new/ca.pem -CAkey $new/authority/ca.key -subj "/CN=$1" -addext basicConstraints=critical,CA:FALSE -addext "extendedKeyUsage=$3" -addext "subjectAltName=$4" -keyout $new/$1.key -out $new/$1.pem
        chown root:$2 $new/$1.key; chmod 640 $new/$1.key
      }
      made web www-data serverAuth DNS:panel.debvisor.local,DNS:localhost,IP:127.0.0.1
      made rpc debvisor-rpc serverAuth DNS:localhost,IP:127.0.0.1
      made web-client www-data clientAuth DNS:panel.debvisor.local
      for one in 'panel serverAuth DNS:panel.debvisor.local' 'rpc-server serverAuth DNS:localhost' 'panel-client clientAuth DNS:panel.debvisor.local'; do issue $one $of_last_year; done
      sed -i "s|$certs/panel.crt|$new/web.pem|; s|$certs/panel.key|$new/web.key|; s|$certs/ca.crt|$new/ca.pem|" $panel_unit $site
      sed -i "s|$certs/rpc-server.crt|$new/rpc.pem|; s|$certs/rpc-server.key|$new/rpc.key|; s|$certs/ca.crt|$new/ca.pem|" /etc/debvisor/rpc/config.json
      printf 'RPC_CLIENT_CERT=%s\\nRPC_CLIENT_KEY=%s\\n' $new/web-client.pem $new/web-client.key >>$dotenv
      systemctl daemon-reload; restart rpcd; restart panel; systemctl reload nginx`,
    probe: `sleep 2; browser all && openssl s_client -connect 127.0.0.1:443 </dev/null 2>/dev/null | grep -q 'Example Works'`,
    within: 30,
  },
  {
    id: 'blind-healthy-other-ports',
    topic: 'db',
    cause: 'PostgreSQL, the panel and the RPC daemon have other ports than usual, and all know it',
    inject: `
      sed -i 's/^port = 5432/port = 5433/' $pg_config; pg_restart
      sed -i 's/"port": 7443/"port": 7500/' /etc/debvisor/rpc/config.json; sed -i 's/^RPC_PORT=.*/RPC_PORT=7500/' $dotenv; restart rpcd
      sed -i 's/localhost:5432/127.0.0.1:5433/; s/0.0.0.0:8443/127.0.0.1:9443/' $panel_unit; systemctl daemon-reload; restart panel
      site_edit 's/127.0.0.1:8443/127.0.0.1:9443/'`,
    probe: `sleep 2; browser all && ss -Hltn sport = :9443 | grep -q 9443 && ss -Hltn sport = :5433 | grep -q 5433`,
    within: 30,
  },
  {
    id: 'blind-healthy-lived-in',
    topic: 'websocket',
    cause:
      'drop-ins that harden and do no harm, a firewall that lets the right things in, an old release that is off, a mail job that failed',
    inject: `
      printf '[Service]\\nPrivateDevices=yes\\nProtectKernelTunables=yes\\nProtectControlGroups=yes\\nLockPersonality=yes\\nMemoryMax=600M\\n' | drop_in debvisor-rpcd.service
      printf '[Service]\\nProtectKernelTunables=yes\\nProtectProc=invisible\\nTasksMax=400\\nOOMScoreAdjust=-200\\n' | drop_in debvisor-panel.service
      restart rpcd; restart panel
      cp -r $app /opt/debvisor/web/panel-1.3; chown -R www-data:www-data /opt/debvisor/web/panel-1.3
      sed 's|web/panel|&-1.3|; s/8443/8440/; s/web panel$/& (1.3)/' $panel_unit >/etc/systemd/system/debvisor-panel-1.3.service
      printf '[Unit]\\nDescription=Mail of the weekly figures\\n\\n[Service]\\nType=oneshot\\nExecStart=/usr/bin/false\\n' >/etc/systemd/system/weekly-mail.service
      systemctl daemon-reload; systemctl start weekly-mail 2>/dev/null
      nft add table inet site; nft 'add chain inet site input { type filter hook input priority 0; policy drop; }'
      nft add rule inet site input iif lo accept
      nft 'add rule inet site input tcp dport { 22, 80, 443 } accept'
      nft 'add rule inet site input tcp flags & (syn | ack) != syn accept'`,
    probe: `sleep 2; browser all && systemctl is-failed -q weekly-mail && nft list chain inet site input | grep -q 'policy drop'`,
    within: 30,
  },
]
