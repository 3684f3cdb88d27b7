import { type Fault, fine } from './fault.ts'

type Unseen<Given extends keyof Fault> = readonly Omit<Fault, Given | 'unseen'>[]

const databaseDown = /PostgreSQL is (down|not running)|cluster .* is down/i
const platformDown = /debvisor.* (is down|failed|stopped|not running)/i
const upgradeHeaders = /upgrade header/i

const direct = 'http://127.0.0.1:8080'
const front = 'http://127.0.0.1'
const errors = '/var/log/debvisor/error.log'
const code = '/opt/debvisor/debvisor'

/** A user who opens these addresses again and again: what fails has failed for 40 s before somebody asks. */
const visits = (...addresses: string[]): string =>
  `background wall-display sh -c 'for n in $(seq 160); do ${addresses.map((one) => `curl -s -o /dev/null -m 20 ${one}`).join('; ')}; sleep 3; done'; sleep 42`

/** A WebSocket that stays open; one that is refused ends at once. */
const socket = (seconds: number): string =>
  `curl -s -m ${seconds} -H "Connection: Upgrade" -H "Upgrade: websocket" -H "Sec-WebSocket-Version: 13" -H "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==" -o /dev/null "${front}/socket.io/?EIO=4&transport=websocket"`

/** Requests of the API that a release has changed: `expression` stands for what it did. */
const route = (path: string, was: string, expression: string): string =>
  `sed -i 's|"${path}": ${was},|"${path}": ${expression},|' ${code}/server.py`

/** The platform runs and fails at some of what it is asked for, or does not run. */
const service: Unseen<'topic' | 'kind'> = [
  {
    id: 'service-division',
    cause: 'a release divides by the memory of each row of metrics, which is 0: only /api/v1/metrics fails',
    inject: `sed -i 's|"memory": memory} for at|"memory": memory, "ratio": cpu / memory} for at|' ${code}/database.py; restart; sleep 6; ${visits(`${front}/api/v1/metrics?host=1`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(status $front/api/v1/metrics 3)" = 500 ] && grep -q 'ZeroDivisionError' ${errors}`,
    expect: [[/division by zero/i, /api\/v1\/metrics/]],
    mustNotClaim: [platformDown, databaseDown],
  },
  {
    id: 'service-inventory-answers-html',
    cause: 'the inventory on 9090, which the list of hosts asks, answers a page of HTML and not JSON',
    inject: `
      cat >${code}/inventory.py <<'END'
"""Sites of the hosts, from the inventory."""

import json
import urllib.request

INVENTORY = "http://127.0.0.1:9090/v1/sites"


def with_sites(hosts):
    with urllib.request.urlopen(INVENTORY, timeout=3) as answer:
        sites = json.load(answer)
    return [{**host, "site": sites.get(host["name"])} for host in hosts]
END
      sed -i 's|^from .realtime import Realtime|from .inventory import with_sites\\n&|' ${code}/server.py
      ${route('/api/v1/hosts', 'database.hosts', 'lambda: with_sites(database.hosts())')}
      install -d /srv/inventory/v1; echo '<html><body>Sign in</body></html>' >/srv/inventory/v1/sites
      background inventory python3 -m http.server --bind 127.0.0.1 --directory /srv/inventory 9090; sleep 1
      restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(status $front/api/v1/hosts 3)" = 500 ] && grep -q 'JSONDecodeError' ${errors}`,
    expect: [[/inventory|9090/, /JSON/i]],
    mustNotClaim: [platformDown, databaseDown],
  },
  {
    id: 'service-plugin-not-loaded',
    cause: 'the reports need openpyxl, which is not installed: the platform runs without them',
    inject: `
      cat >${code}/reports.py <<'END'
"""Reports as spreadsheets."""

import openpyxl


def latest():
    return {"sheets": openpyxl.load_workbook("/var/lib/debvisor/report.xlsx").sheetnames}
END
      cat >${code}/plugins.py <<'END'
"""Parts that the platform can do without."""

import importlib
import logging

log = logging.getLogger("debvisor.plugins")


def call(name, what):
    try:
        plugin = importlib.import_module(f"debvisor.{name}")
    except ImportError as problem:
        log.error("plugin %s is not loaded: %s", name, problem)
        raise LookupError(f"no plugin {name}") from None
    return getattr(plugin, what)()
END
      sed -i 's|^from .realtime import Realtime|from . import plugins\\n&|; s|^            "/api/v1/hosts"|            "/api/v1/reports": lambda: plugins.call("reports", "latest"),\\n&|' ${code}/server.py
      restart; ${visits(`${front}/api/v1/reports`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(status $front/api/v1/reports 3)" = 500 ] && grep -q 'plugin reports is not loaded' ${errors}`,
    expect: [[/openpyxl/]],
    mustNotClaim: [platformDown, databaseDown],
  },
  {
    id: 'service-cache-owner',
    cause:
      'the folder of the cache, /var/cache/debvisor, belongs to www-data: the list of hosts cannot be kept',
    inject: `
      cat >${code}/cache.py <<'END'
"""Answers that are dear, kept in /var/cache/debvisor."""

import json


def kept(name, answer):
    with open(f"/var/cache/debvisor/{name}.json", "w") as out:
        json.dump(answer, out)
    return answer
END
      sed -i 's|^from .realtime import Realtime|from .cache import kept\\n&|' ${code}/server.py
      ${route('/api/v1/hosts', 'database.hosts', 'lambda: kept("hosts", database.hosts())')}
      install -d -o www-data -g www-data -m 755 /var/cache/debvisor; restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(status $front/api/v1/hosts 3)" = 500 ] && [ "$(stat -c %U /var/cache/debvisor)" = www-data ]`,
    expect: [[/\/var\/cache\/debvisor/, /permission|denied|belongs|owne[rd]|www-data/i]],
    mustNotClaim: [platformDown, databaseDown],
  },
  {
    // To systemd SIGHUP is a clean end, so that Restart=on-failure does not apply.
    id: 'service-hangup-by-rotation',
    cause:
      'rotate-platform-log.service sends SIGHUP to the platform, which ends by it: nothing starts it again',
    inject: `
      printf '#!/bin/sh\\n# Rotates the log of the platform and has it opened again.\\nset -e\\ncd /var/log/debvisor\\nmv error.log error.log.1\\ninstall -o debvisor -g adm -m 640 /dev/null error.log\\nsystemctl kill -s HUP debvisor\\n' >/usr/local/sbin/rotate-platform-log
      chmod 755 /usr/local/sbin/rotate-platform-log
      printf '[Unit]\\nDescription=Rotate the log of the platform\\n[Service]\\nType=oneshot\\nExecStart=/usr/local/sbin/rotate-platform-log\\n' >/etc/systemd/system/rotate-platform-log.service
      printf '[Unit]\\nDescription=Rotate the log of the platform\\n[Timer]\\nOnCalendar=daily\\n[Install]\\nWantedBy=timers.target\\n' >/etc/systemd/system/rotate-platform-log.timer
      systemctl daemon-reload; systemctl enable -q --now rotate-platform-log.timer; systemctl start rotate-platform-log; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(api)" = 502 ] && [ "$(unit ActiveState)" = inactive ] && [ -e /var/log/debvisor/error.log.1 ]`,
    expect: [[/rotate-platform-log|SIGHUP|\bHUP\b|hang.?up/i]],
    mustNotClaim: [/memory|\bOOM\b/i, /somebody stopped/i],
  },
]

/** The database works, and refuses some of what the platform asks. */
const db: Unseen<'topic' | 'kind'> = [
  {
    id: 'db-function-right',
    cause: 'the role may not call the function collected_at, which a default of metrics calls',
    inject: `sql "CREATE FUNCTION collected_at() RETURNS timestamptz LANGUAGE sql AS 'SELECT date_trunc(''second'', now())'; REVOKE ALL ON FUNCTION collected_at() FROM PUBLIC; ALTER TABLE metrics ALTER taken_at SET DEFAULT collected_at()"; sleep 45`,
    probe: `[ "$(api)" = 200 ] && grep -q 'permission denied for function collected_at' ${errors}`,
    expect: [[/collected_at/, /permission|denied|right|EXECUTE|GRANT/i]],
    mustNotClaim: [databaseDown, platformDown],
  },
  {
    id: 'db-sequence-right',
    cause: 'the sequence metrics_id_seq belongs to postgres since a restore, and the role has no right on it',
    inject: `sql 'ALTER SEQUENCE metrics_id_seq OWNED BY NONE; ALTER SEQUENCE metrics_id_seq OWNER TO postgres; REVOKE ALL ON SEQUENCE metrics_id_seq FROM debvisor'; sleep 45`,
    probe: `[ "$(api)" = 200 ] && grep -q 'permission denied for sequence metrics_id_seq' ${errors}`,
    expect: [[/metrics_id_seq/, /permission|denied|right|USAGE|GRANT/i]],
    mustNotClaim: [databaseDown, platformDown],
  },
  {
    id: 'db-check-constraint',
    cause: 'a migration added CHECK (memory > 0) to metrics, and the collector still writes 0',
    inject: `sql 'ALTER TABLE metrics ADD CONSTRAINT metrics_memory_known CHECK (memory > 0) NOT VALID'; sleep 45`,
    probe: `[ "$(api)" = 200 ] && grep -q 'violates check constraint "metrics_memory_known"' ${errors}`,
    expect: [[/metrics_memory_known/, /check|constraint/i]],
    mustNotClaim: [databaseDown, platformDown],
  },
  {
    id: 'db-trigger-raises',
    cause: 'the trigger hosts_frozen, left from an audit, raises an error at each update of hosts',
    inject: `sql "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS \\$\\$ BEGIN RAISE EXCEPTION 'inventory is frozen until the audit ends'; END \\$\\$; CREATE TRIGGER hosts_frozen BEFORE UPDATE ON hosts FOR EACH ROW EXECUTE FUNCTION refuse_change()"; ${visits(`${front}/api/v1/touch?host=2`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(status $front/api/v1/touch 3)" = 500 ] && grep -q 'inventory is frozen until the audit ends' ${errors}`,
    expect: [[/refuse_change|hosts_frozen|inventory is frozen/]],
    mustNotClaim: [databaseDown, platformDown],
  },
  {
    id: 'db-client-encoding',
    cause: 'client_encoding of the role is LATIN1, and the name of a host has a dash that LATIN1 lacks',
    inject: `sql "ALTER ROLE debvisor SET client_encoding = 'LATIN1'; UPDATE hosts SET name = 'node' || chr(8211) || '3' WHERE id = 3"; restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(status $front/api/v1/hosts 3)" = 500 ] && grep -q 'has no equivalent in encoding "LATIN1"' ${errors}`,
    expect: [[/LATIN1/, /encoding/i]],
    mustNotClaim: [databaseDown, platformDown],
  },
  {
    id: 'db-damaged-page',
    cause: 'the first block of the table metrics is damaged',
    inject: `file=$(sql "SELECT pg_relation_filepath('metrics')"); systemctl stop postgresql@15-main; head -c 8192 /dev/urandom | dd of=/var/lib/postgresql/15/main/$file bs=8192 count=1 conv=notrunc 2>/dev/null; pg_restart; restart; ${visits(`${front}/api/v1/metrics?host=2`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(status "$front/api/v1/metrics?host=2" 3)" = 500 ] && grep -q 'invalid page in block 0' ${errors}`,
    expect: [[/invalid page|damaged|corrupt/i, /metrics|base\/\d+\/\d+/]],
    mustNotClaim: [databaseDown, platformDown],
  },
  {
    id: 'db-client-certificate',
    cause: 'the certificate by which the platform logs in to PostgreSQL has expired',
    inject: `
      install -d -o debvisor -g debvisor -m 755 /etc/debvisor/tls; cd /etc/debvisor/tls
      openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj '/CN=Internal CA' -keyout ca.key -out ca.pem 2>/dev/null
      openssl req -newkey rsa:2048 -nodes -subj /CN=debvisor -keyout client.key -out client.csr 2>/dev/null
      : >index.txt; printf '[ca]\\ndefault_ca=own\\n[own]\\ndatabase=index.txt\\nnew_certs_dir=.\\nrand_serial=yes\\ndefault_md=sha256\\npolicy=any\\n[any]\\ncommonName=supplied\\n' >ca.cnf
      openssl ca -batch -config ca.cnf -cert ca.pem -keyfile ca.key -startdate 20240101000000Z -enddate 20250101000000Z -in client.csr -out client.pem 2>/dev/null
      chown debvisor:debvisor client.*; chmod 600 client.key; install -o postgres -g postgres -m 644 ca.pem /etc/postgresql/15/main/clients.pem; rm -f ca.key ca.cnf index.txt*; cd /
      pg_setting "ssl_ca_file = '/etc/postgresql/15/main/clients.pem'"; sed -i '1i hostssl debvisor debvisor all scram-sha-256 clientcert=verify-ca' $hba; pg_restart
      sed -i 's|^  connect_timeout: 3|&\\n  sslmode: require|' $config; printf 'PGSSLCERT=/etc/debvisor/tls/client.pem\\nPGSSLKEY=/etc/debvisor/tls/client.key\\n' >>/opt/debvisor/.env
      restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(api)" = 500 ] && openssl x509 -in /etc/debvisor/tls/client.pem -noout -subject && ! openssl x509 -in /etc/debvisor/tls/client.pem -noout -checkend 0 && grep -q 'certificate expired' ${errors}`,
    expect: [[/certificate/i, /expired/i]],
    mustNotClaim: [databaseDown, platformDown, /password/i],
  },
]

/** nginx answers some of it on its own. */
const websocket: Unseen<'topic' | 'kind'> = [
  {
    id: 'websocket-path-in-maintenance',
    cause: 'nginx answers 503 for /api/v1/metrics alone, since a maintenance: the dashboard has no figures',
    inject: `site_edit '/location .socket.io/i\\    location = /api/v1/metrics {\\n        return 503;\\n    }\\n'; sleep 0.5; ${visits(`"${front}/api/v1/metrics?host=1"`)}`,
    probe: `${fine} && [ "$(status $direct/api/v1/metrics 3)" = 200 ] && [ "$(status $front/api/v1/metrics 3)" = 503 ]`,
    expect: [[/\/api\/v1\/metrics/, /503|return/]],
    mustNotClaim: [platformDown, upgradeHeaders],
  },
  {
    id: 'websocket-large-header',
    cause:
      'a release sends a Content-Security-Policy of 10 kB, larger than the buffer of nginx: pages and polling get 502',
    inject: `sed -i 's|^        self.end_headers()|        sources = " ".join(f"https://tiles{n}.debvisor.internal" for n in range(300))\\n        self.send_header("Content-Security-Policy", "img-src " + sources)\\n&|' ${code}/server.py; restart; ${visits(`"${front}/socket.io/?EIO=4&transport=polling"`, `${front}/`)}`,
    probe: `[ "$(status $direct/ 3)" = 200 ] && [ "$(status $front/ 3)" = 502 ] && grep -q 'too big header' /var/log/nginx/error.log`,
    expect: [[/too (big|large)|larger|exceed|buffer/i, /header/i]],
    mustNotClaim: [platformDown, upgradeHeaders],
  },
  {
    id: 'websocket-redirect-to-https',
    cause: 'nginx redirects everything to https, and nothing listens on 443',
    inject: `site_edit '/server_name/a\\    return 301 https://$host$request_uri;'; sleep 0.5; ${visits(`-L ${front}/`)}`,
    probe: `[ "$(status $direct/ 3)" = 200 ] && [ "$(status $front/ 3)" = 301 ] && [ -z "$(ss -Hltn sport = :443)" ]`,
    expect: [[/https|443/, /301|redirect|return/i]],
    mustNotClaim: [platformDown, upgradeHeaders],
  },
  {
    id: 'websocket-body-limit',
    cause: 'client_max_body_size of /socket.io/ is 8k: larger messages of the polling transport get 413',
    inject: `site_edit '/location .socket.io/a\\        client_max_body_size 8k;'; sleep 0.5; head -c 40000 /dev/zero | tr '\\0' a >/tmp/message; ${visits(`--data-binary @/tmp/message "${front}/socket.io/?EIO=4&transport=polling"`)}`,
    probe: `${fine} && [ "$(head -c 40000 /dev/zero | tr '\\0' a | curl -s -m 5 -o /dev/null -w '%{http_code}' --data-binary @- "$front/socket.io/?EIO=4&transport=polling")" = 413 ]`,
    expect: [[/client_max_body_size|too large body|body/i, /8k|413|\/etc\/nginx/]],
    mustNotClaim: [platformDown, upgradeHeaders],
  },
  {
    id: 'websocket-connection-limit',
    cause: 'limit_conn lets two dashboards of the whole site be open, and two wall displays are',
    inject: `echo 'limit_conn_zone $server_name zone=seats:1m;' >/etc/nginx/conf.d/seats.conf; site_edit '/location .socket.io/a\\        limit_conn seats 2;'; sleep 0.5
      background lobby-display sh -c '${socket(500)} & ${socket(500)}; wait'; sleep 1
      background office-display sh -c 'for n in $(seq 160); do ${socket(20)}; sleep 3; done'; sleep 42`,
    probe: `[ "$(handshake $direct "$no_header")" = 101 ] && [ "$(handshake $front "$no_header")" = 503 ] && grep -q 'limiting connections by zone "seats"' /var/log/nginx/error.log`,
    expect: [[/limit_conn|limiting connections/i, /seats/]],
    mustNotClaim: [platformDown, upgradeHeaders],
  },
]

/** The host is slow in one place. */
const performance: Unseen<'topic' | 'kind'> = [
  {
    id: 'performance-slow-trigger',
    cause: 'the trigger hosts_announced waits 3 s at each update of hosts',
    inject: `sql "CREATE FUNCTION announce() RETURNS trigger LANGUAGE plpgsql AS \\$\\$ BEGIN PERFORM pg_sleep(3); RETURN NEW; END \\$\\$; CREATE TRIGGER hosts_announced BEFORE UPDATE ON hosts FOR EACH ROW EXECUTE FUNCTION announce()"; ${visits(`${front}/api/v1/touch?host=2`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(status "$front/api/v1/touch?host=4" 2)" = 000 ] && [ "$(status "$front/api/v1/touch?host=4" 9)" = 200 ]`,
    expect: [[/announce|trigger|UPDATE hosts/i]],
    mustNotClaim: [platformDown, databaseDown],
  },
  {
    id: 'performance-request-delay',
    cause: 'limit_req without nodelay passes one request a second: the others wait in a queue of nginx',
    inject: `echo 'limit_req_zone $server_name zone=calm:1m rate=1r/s;' >/etc/nginx/conf.d/calm.conf; site_edit '/location . {/a\\        limit_req zone=calm burst=50;'; sleep 0.5
      for n in 1 2 3 4 5 6; do clients display-$n $front/api/v1/hosts; done; sleep 42`,
    probe: `[ "$(status $direct/api/v1/hosts 1)" = 200 ] && [ "$(status $front/api/v1/hosts 2)" = 000 ] && [ "$(status $front/api/v1/hosts 15)" = 200 ]`,
    expect: [[/limit_req|zone=calm|request limit/i]],
    mustNotClaim: [platformDown, databaseDown],
  },
]

export const latestUnseenFaults: readonly Omit<Fault, 'kind' | 'unseen'>[] = [
  ...service.map((one) => ({ ...one, topic: 'service' }) as const),
  ...db.map((one) => ({ ...one, topic: 'db' }) as const),
  ...websocket.map((one) => ({ ...one, topic: 'websocket' }) as const),
  ...performance.map((one) => ({ ...one, topic: 'performance' }) as const),
]

/** Hosts whose logs are full of what is not the platform's, and that are well. */
export const latestUnseenHealthyHosts: Unseen<'kind' | 'expect'> = [
  {
    id: 'healthy-foreign-logins',
    topic: 'db',
    cause:
      'for a minute and more others fail to log in to PostgreSQL: a wrong password, a database that is gone',
    inject: `sql "CREATE ROLE reporting LOGIN PASSWORD 'spring'"
      background bi-refresh sh -c 'for n in $(seq 150); do PGPASSWORD=autumn psql -h localhost -U reporting -d debvisor -c "SELECT 1"; PGPASSWORD=spring psql -h localhost -U reporting -d warehouse -c "SELECT 1"; PGPASSWORD=spring psql -h localhost -U reporting -d debvisor -c "SELECT * FROM sales"; sleep 3; done'; sleep 65`,
    probe: `${fine} && [ "$(grep -c 'password authentication failed for user "reporting"' /var/log/postgresql/postgresql-15-main.log)" -ge 10 ] && grep -q 'database "warehouse" does not exist' /var/log/postgresql/postgresql-15-main.log`,
  },
  {
    id: 'healthy-bots',
    topic: 'websocket',
    cause: 'bots get 400 and 404 from the platform and from a site of plain files; the platform is well',
    inject: `
      printf 'server {\\n    listen 80;\\n    server_name static.internal;\\n    root /var/www/html;\\n}\\n' >/etc/nginx/sites-available/static
      ln -s /etc/nginx/sites-available/static /etc/nginx/sites-enabled/static; systemctl reload nginx; sleep 0.5
      background crawler sh -c 'for n in $(seq 150); do for path in .env wp-login.php cgi-bin/luci api/v2/users; do curl -s -o /dev/null -m 5 ${front}/$path; curl -s -o /dev/null -m 5 -H "Host: static.internal" ${front}/$path; done; curl -s -o /dev/null -m 5 -H "Host: a b" ${front}/; curl -s -k -o /dev/null -m 5 https://127.0.0.1:80/; sleep 3; done'; sleep 65`,
    probe: `${fine} && [ "$(grep -c 'server: static.internal' /var/log/nginx/error.log)" -ge 10 ] && grep -q '"GET /.env HTTP/1.1" 404' /var/log/nginx/debvisor.access.log`,
  },
  {
    id: 'healthy-other-site',
    topic: 'websocket',
    cause:
      'the upstream of another site of nginx is down, and its users get 502; the platform’s site is well',
    inject: `
      printf 'server {\\n    listen 80;\\n    server_name wiki.internal;\\n    location / {\\n        proxy_pass http://127.0.0.1:3000;\\n    }\\n}\\n' >/etc/nginx/sites-available/wiki
      ln -s /etc/nginx/sites-available/wiki /etc/nginx/sites-enabled/wiki; systemctl reload nginx; sleep 0.5
      background wiki-readers sh -c 'for n in $(seq 150); do curl -s -o /dev/null -m 5 -H "Host: wiki.internal" ${front}/; sleep 3; done'; sleep 65`,
    probe: `${fine} && [ "$(grep -c 'server: wiki.internal' /var/log/nginx/error.log)" -ge 10 ]`,
  },
  {
    id: 'healthy-noisy-unit',
    topic: 'service',
    cause:
      'another unit fills the journal with errors of its own: tracebacks, refused connections, a full queue',
    inject: `
      printf '#!/usr/bin/python3\\n"""Mirrors the wiki."""\\nimport logging\\nimport time\\nimport urllib.request\\n\\nlogging.basicConfig(format="<3>%%%%(levelname)s %%%%(name)s: %%%%(message)s")\\nlog = logging.getLogger("wiki.mirror")\\nwhile True:\\n    try:\\n        urllib.request.urlopen("http://127.0.0.1:3000/", timeout=3)\\n    except OSError:\\n        log.exception("page not mirrored: database connection failed")\\n    log.critical("queue is full, 512 pages dropped")\\n    time.sleep(3)\\n' | sed 's/%%/%/g' >/usr/local/bin/wiki-mirror; chmod 755 /usr/local/bin/wiki-mirror
      background wiki-mirror /usr/local/bin/wiki-mirror; sleep 65`,
    probe: `${fine} && systemctl is-active -q wiki-mirror && [ "$(journalctl -q -u wiki-mirror -p err | grep -c 'queue is full')" -ge 10 ]`,
  },
  {
    id: 'healthy-errors-an-hour-ago',
    topic: 'performance',
    cause: 'an hour ago all three logs had errors for ten minutes: an outage that has ended',
    inject: `
      before() { cat "$1" >/root/log; cat - /root/log >/root/logs; cat /root/logs >"$1"; rm /root/log /root/logs; }
      minutes='70 69 68 67 66 65 64 63 62 61'; at() { date -d "-$1 min" "+$2"; }
      for n in $minutes; do printf '%s,120 ERROR debvisor.api: GET /api/v1/hosts failed\\nTraceback (most recent call last):\\n  File "${code}/server.py", line 125, in api\\n    body = route()\\npsycopg2.OperationalError: connection to server at "localhost" (127.0.0.1), port 5432 failed: FATAL:  sorry, too many clients already\\n\\n%s,480 ERROR debvisor.api: GET /api/v1/metrics failed\\ndebvisor.database.PoolTimeout: pool limit of size 5 reached, connection timed out, timeout 5.00\\n' "$(at $n '%F %T')" "$(at $n '%F %T')"; done | before ${errors}
      for n in $minutes; do echo "$(at $n '%F %T.118') UTC [811] debvisor@debvisor FATAL:  sorry, too many clients already"; done | before /var/log/postgresql/postgresql-15-main.log
      for n in $minutes; do echo "$(at $n '%Y/%m/%d %T') [error] 60#60: *$n upstream timed out (110: Connection timed out) while reading response header from upstream, client: 198.18.0.1, server: _, request: \\"GET /api/v1/hosts HTTP/1.1\\", upstream: \\"${direct}/api/v1/hosts\\", host: \\"debvisor\\""; done | before /var/log/nginx/error.log`,
    probe: `${fine} && head -1 ${errors} | grep -q "^$(date -d '-70 min' +%F)" && grep -q 'too many clients' /var/log/postgresql/postgresql-15-main.log && grep -q 'upstream timed out' /var/log/nginx/error.log`,
  },
]
