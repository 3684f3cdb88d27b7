import { type Fault, fine } from './fault.ts'

type Unseen<Given extends keyof Fault> = readonly Omit<Fault, Given | 'unseen'>[]

const databaseDown = /PostgreSQL is (down|not running)|cluster .* is down/i
const platformDown = /debvisor.* (is down|failed|stopped|not running)/i
const nginxDown = /nginx.* (is down|failed|stopped|not running)/i
const upgradeHeaders = /upgrade header/i

const front = 'http://127.0.0.1'
const errors = '/var/log/debvisor/error.log'
const code = '/opt/debvisor/debvisor'
const web = '/opt/debvisor/web'
const cluster = '/etc/postgresql/15/main'
const data = '/var/lib/postgresql/15/main'

/** A user who opens these addresses again and again, for 20 s before somebody asks. */
const visits = (...addresses: string[]): string => {
  const each = addresses.map((one) => `curl -s -o /dev/null -m 20 "${one}"`).join('; ')
  return `background wall-display sh -c 'for n in $(seq 160); do ${each}; sleep 2; done'; sleep 20`
}

/** Dashboards that stay open, each with a connection of its own. */
const dashboards = (count: number): string =>
  `for n in $(seq ${count}); do background dashboard-$n curl -s -m 500 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==' -o /dev/null '${front}/socket.io/?EIO=4&transport=websocket'; done`

/** A message of the polling transport. */
const post = `post() { curl -s -o /dev/null -w '%{http_code}' -m 4 --data 40 "$1/socket.io/?EIO=4&transport=polling"; }`

/** Seconds that one visit takes, as a number that awk compares. */
const slower = (address: string, seconds: number): string =>
  `curl -s -o /dev/null -m 25 -w '%{time_total}\\n' "${address}" | awk '{ exit !($1 > ${seconds}) }'`

/** A drop-in of the prelude, by its file or by what it sets. */
const dropIn = (setting: string): RegExp => new RegExp(`override\\.conf|${setting}`)

/** How it starts, what it is made of, and what a deploy left. */
const service: Unseen<'topic' | 'kind'> = [
  {
    id: 'service-unit-copy',
    cause:
      'a copy of the unit in /etc, of another release, hides the packaged one: it does not know --workers',
    inject: `sed 's|config.yaml$|& --workers 4|; /^RestartSec/d' /usr/lib/systemd/system/debvisor.service >/etc/systemd/system/debvisor.service; systemctl daemon-reload; restart`,
    probe: `is_failed && [ "$(api)" = 502 ] && [ "$(unit ExecMainStatus)" = 2 ]`,
    expect: [[/--workers|unrecognized argument/]],
    mustNotClaim: [databaseDown],
    object: /\/etc\/systemd\/system\/debvisor\.service(?!\.d)|--workers/,
  },
  {
    id: 'service-bound-config',
    cause:
      'BindReadOnlyPaths of a drop-in lays a file of the next release over config.yaml, which is right: it has a key that this one does not know',
    inject: `install -d /srv/debvisor; sed '/^  port: 8080/a\\  workers: 4' $config >/srv/debvisor/config-2.5.yaml; printf '[Service]\\nBindReadOnlyPaths=/srv/debvisor/config-2.5.yaml:/etc/debvisor/config.yaml\\n' | drop_in debvisor.service; restart`,
    probe: `is_failed && [ "$(api)" = 502 ] && debvisor-cli config validate`,
    expect: [[/BindReadOnlyPaths|config-2\.5\.yaml/]],
    mustNotClaim: [databaseDown],
    object: dropIn('BindReadOnlyPaths|config-2\\.5'),
  },
  {
    id: 'service-address-space',
    cause: 'LimitAS=40M of a drop-in leaves it too little address space to load its libraries and threads',
    inject: `printf '[Service]\\nLimitAS=40M\\n' | drop_in debvisor.service; restart`,
    probe: `is_failed && [ "$(api)" = 502 ]`,
    expect: [[/LimitAS|address space|RLIMIT_AS/i]],
    mustNotClaim: [databaseDown, /\bOOM\b/],
    object: dropIn('LimitAS'),
  },
  {
    id: 'service-access-list',
    cause:
      'an access control list of config.yaml denies it to the user debvisor; its mode says that all may read it',
    inject: `python3 -c 'import os, pwd, struct; entries = [(1, 6, 2**32 - 1), (2, 0, pwd.getpwnam("debvisor").pw_uid), (4, 4, 2**32 - 1), (16, 4, 2**32 - 1), (32, 4, 2**32 - 1)]; os.setxattr("/etc/debvisor/config.yaml", "system.posix_acl_access", struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *one) for one in entries))'; restart`,
    probe: `is_failed && [ "$(api)" = 502 ] && runuser -u nobody -- cat $config`,
    expect: [[/config\.yaml/, /\bACL\b|access control|facl|permission|denied|may not (be )?read/i]],
    mustNotClaim: [databaseDown],
    object: /config\.yaml/,
  },
  {
    id: 'service-path-interpreter',
    cause:
      'its program asks env for python3, which is now /usr/local/bin/python3, of an environment of another tool without psycopg2',
    inject: `python3 -m venv --without-pip /opt/ansible; printf '#!/bin/sh\\nexec /opt/ansible/bin/python3 "$@"\\n' >/usr/local/bin/python3; chmod 755 /usr/local/bin/python3; sed -i '1s|.*|#!/usr/bin/env python3|' /opt/debvisor/bin/debvisor-server; restart`,
    probe: `is_failed && [ "$(api)" = 502 ] && runuser -u debvisor -- /usr/bin/python3 -c 'import psycopg2'`,
    expect: [[/\/usr\/local\/bin\/python3|\/opt\/ansible|env python3/]],
    mustNotClaim: [databaseDown],
    object: /\/usr\/local\/bin\/python3|\/opt\/ansible|env python3|bin\/debvisor-server/,
  },
  {
    id: 'service-page-encoding',
    cause: 'a deploy saved index.html as Latin-1, and the platform reads UTF-8: the page gets 502',
    inject: `LC_ALL=C sed -i 's|<h1>Dashboard</h1>|<h1>\\xdcbersicht</h1>|' ${web}/index.html; ${visits(`${front}/`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(status $front/ 3)" = 502 ]`,
    expect: [[/index\.html/, /UTF-?8|decod|encod|latin|0xdc/i]],
    mustNotClaim: [databaseDown, platformDown],
    object: /index\.html/,
  },
  {
    id: 'service-link-loop',
    cause: 'index.html and the file that it links to are links to each other',
    inject: `mv ${web}/index.html ${web}/index.2.4.0.html; ln -s index.current.html ${web}/index.html; ln -s index.html ${web}/index.current.html; ${visits(`${front}/`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(status $front/ 3)" = 500 ] && [ -L ${web}/index.html ]`,
    expect: [[/index\.(current\.)?html/, /symbolic|symlink|\blinks?\b|loop/i]],
    mustNotClaim: [databaseDown, platformDown],
    object: /index\.(current\.)?html/,
  },
  {
    id: 'service-proxy-variable',
    cause: 'http_proxy in .env sends its requests to the inventory of this host to a proxy that is not there',
    inject: `
      cat >${code}/labels.py <<'END'
"""Labels of the hosts, from the agent on this host."""

import json
import urllib.request

AGENT = "http://127.0.0.1:9311/labels.json"


def labelled(hosts):
    with urllib.request.urlopen(AGENT, timeout=3) as answer:
        labels = json.load(answer)
    return [{**host, "label": labels.get(host["name"])} for host in hosts]
END
      sed -i 's|^from .realtime import Realtime|from .labels import labelled\\n&|; s|"/api/v1/hosts": database.hosts|"/api/v1/hosts": lambda: labelled(database.hosts())|' ${code}/server.py
      install -d /srv/labels; echo '{"node1": "rack 4"}' >/srv/labels/labels.json
      background label-agent python3 -m http.server --bind 127.0.0.1 --directory /srv/labels 9311; sleep 1
      printf 'http_proxy=http://127.0.0.1:3128\\nhttps_proxy=http://127.0.0.1:3128\\n' >>/opt/debvisor/.env
      restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(status $front/api/v1/hosts 5)" = 500 ] && [ "$(status http://127.0.0.1:9311/labels.json 3)" = 200 ]`,
    expect: [[/https?_proxy|3128/i]],
    mustNotClaim: [databaseDown, platformDown],
    object: /http_proxy|3128/,
  },
  {
    id: 'service-address-family',
    cause: 'config.yaml names the address "::", and the server of this release speaks IPv4 only',
    inject: `sed -i 's/^  host: 0.0.0.0/  host: "::"/' $config; restart`,
    probe: `is_failed && [ "$(api)" = 502 ] && debvisor-cli config validate`,
    expect: [[/"::"|:::8080|server\.host|IPv6|address family/i]],
    mustNotClaim: [databaseDown],
    object: /"::"/,
  },
  {
    id: 'service-empty-library',
    cause: 'http/server.py of Python is empty since an upgrade that broke off',
    inject: `: >/usr/lib/python3.11/http/server.py; restart`,
    probe: `is_failed && [ "$(api)" = 502 ] && [ ! -s /usr/lib/python3.11/http/server.py ]`,
    expect: [[/http[/.]server/]],
    mustNotClaim: [databaseDown],
    object: /http\/server\.py/,
  },
]

/** What the database holds, and how it is reached. */
const db: Unseen<'topic' | 'kind'> = [
  {
    id: 'db-shadow-schema',
    cause: 'a schema debvisor, which comes first in the search path of the role, has an empty table hosts',
    inject: `sql "CREATE SCHEMA debvisor AUTHORIZATION debvisor; SET ROLE debvisor; CREATE TABLE debvisor.hosts (LIKE public.hosts INCLUDING ALL)"; restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(curl -s -m 3 $front/api/v1/hosts)" = '[]' ] && [ "$(sql 'SELECT count(*) FROM public.hosts')" = 8 ]`,
    expect: [[/schema|shadow|search_path/i, /\bhosts\b/]],
    mustNotClaim: [databaseDown, platformDown],
    object: /schema\b.*debvisor|debvisor\.hosts/is,
  },
  {
    id: 'db-naive-timestamps',
    cause:
      'a migration made metrics.taken_at a timestamp without time zone, of another zone: rows of nine hours ahead hide the new ones',
    inject: `sql "SET ROLE debvisor; INSERT INTO metrics (host_id, taken_at, cpu, memory) SELECT 1 + n % 8, now() - n * interval '10 seconds', n % 90, n % 70 FROM generate_series(1, 2000) AS n"; sql "ALTER TABLE metrics ALTER taken_at TYPE timestamp USING taken_at AT TIME ZONE 'Asia/Tokyo'"; restart; ${visits(`${front}/api/v1/metrics?host=2`)}`,
    probe: `[ "$(sql "SELECT '$(curl -s -m 3 "$front/api/v1/metrics?host=2" | sed 's/^\\[{"at": "\\([^"]*\\)".*/\\1/')'::timestamp > localtimestamp + interval '1 hour'")" = t ]`,
    expect: [[/taken_at|metrics/, /time ?zone|timestamp|ahead|future|hours|clock/i]],
    mustNotClaim: [databaseDown, platformDown],
    object: /metrics\.taken_at|timestamp without/i,
  },
  {
    id: 'db-not-a-number',
    cause: 'rack-sensor stores NaN for node4: the answer for it is no JSON, and the page cannot read it',
    inject: `
      printf '#!/bin/sh\\nwhile :; do psql -Xq -d debvisor -c "INSERT INTO metrics (host_id, cpu, memory) VALUES (4, %s, 0)"; sleep 8; done\\n' "'NaN'" >/usr/local/bin/rack-sensor; chmod 755 /usr/local/bin/rack-sensor
      background rack-sensor --uid=postgres /usr/local/bin/rack-sensor; ${visits(`${front}/api/v1/metrics?host=4`, `${front}/api/v1/metrics?host=1`)}`,
    probe: `[ "$(api)" = 200 ] && curl -s -m 3 "$front/api/v1/metrics?host=4" | grep -q '"cpu": NaN'`,
    expect: [[/NaN|(not|no) (valid )?JSON|invalid JSON/i, /metrics|rack-sensor/]],
    mustNotClaim: [databaseDown, platformDown],
    object: /rack-sensor|NaN/,
  },
  {
    id: 'db-extension-library',
    cause: 'the library of the extension pgcrypto is gone, and a default of metrics calls it',
    inject: `sql "CREATE EXTENSION pgcrypto; ALTER TABLE metrics ADD batch text DEFAULT encode(gen_random_bytes(4), 'hex')"; rm /usr/lib/postgresql/15/lib/pgcrypto.so; sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'debvisor'"; restart; sleep 25`,
    probe: `[ "$(api)" = 200 ] && grep -q 'could not access file "$libdir/pgcrypto"' ${errors}`,
    expect: [[/pgcrypto/]],
    mustNotClaim: [databaseDown, platformDown],
    object: /pgcrypto/,
  },
  {
    id: 'db-foreign-server',
    cause: 'hosts is a foreign table now, and the server inventory behind it, on 5444, is not there',
    inject: `sql "CREATE EXTENSION postgres_fdw; CREATE SERVER inventory FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '5444', dbname 'inventory'); CREATE USER MAPPING FOR debvisor SERVER inventory OPTIONS (user 'reader', password 'reader'); GRANT USAGE ON FOREIGN SERVER inventory TO debvisor; ALTER TABLE hosts RENAME TO hosts_2025; CREATE FOREIGN TABLE hosts (id integer, name text, state text, seen_at timestamptz) SERVER inventory; ALTER FOREIGN TABLE hosts OWNER TO debvisor"; restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(status $front/api/v1/hosts 3)" = 500 ] && grep -q 'could not connect to server "inventory"' ${errors}`,
    expect: [[/inventory|5444/, /foreign|fdw|could not connect|server/i]],
    mustNotClaim: [databaseDown, platformDown],
    object: /inventory|foreign table|hosts_2025/i,
  },
  {
    id: 'db-replica-identity',
    cause:
      'the publication analytics publishes hosts, whose replica identity is NOTHING: no row of it may be updated',
    inject: `sql 'ALTER TABLE hosts REPLICA IDENTITY NOTHING; CREATE PUBLICATION analytics FOR ALL TABLES'; ${visits(`${front}/api/v1/touch?host=3`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(status $front/api/v1/touch 3)" = 500 ] && grep -q 'replica identity' ${errors}`,
    expect: [[/replica identity|publication|publishes|analytics/i, /\bhosts\b/]],
    mustNotClaim: [databaseDown, platformDown],
    object: /analytics|replica identity|publication/i,
  },
  {
    id: 'db-float-digits',
    cause: 'the database has extra_float_digits -15: the page shows figures of one digit, 20 for 17',
    inject: `sql 'ALTER DATABASE debvisor SET extra_float_digits = -15'; restart; ${visits(`${front}/api/v1/metrics?host=2`)}`,
    probe: `[ "$(api)" = 200 ] && rows=$(curl -s -m 3 "$front/api/v1/metrics?host=2") && ! echo "$rows" | grep -Eq '"memory": [1-9][0-9]*[1-9][.]' && [ "$(sql 'SELECT count(*) FROM (SELECT memory FROM metrics WHERE host_id = 2 ORDER BY taken_at DESC LIMIT 60) AS shown WHERE memory::integer % 10 > 0 AND memory > 10')" -gt 5 ]`,
    expect: [[/extra_float_digits/]],
    mustNotClaim: [databaseDown, platformDown],
    object: /extra_float_digits/,
  },
  {
    id: 'db-rotated-not-restarted',
    cause: 'the password was rotated in PostgreSQL and in .env, but the platform still runs with the old one',
    inject: `password=$(openssl rand -hex 12); sql "ALTER ROLE debvisor PASSWORD '$password'"; sed -i "s/^DATABASE_PASSWORD=.*/DATABASE_PASSWORD=$password/" /opt/debvisor/.env; sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'debvisor'"; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(api)" = 500 ] && PGPASSWORD=$(sed -n s/^DATABASE_PASSWORD=//p /opt/debvisor/.env) psql -Xqw -h localhost -U debvisor -d debvisor -c 'SELECT 1'`,
    expect: [
      [
        /restarted|needs? a restart|still (runs|uses|has)|older|newer|environment|(before|after|since) .*(start|chang)/i,
        /password|\.env/i,
      ],
    ],
    mustNotClaim: [databaseDown, platformDown],
    object: /DATABASE_PASSWORD|role\b.*\bdebvisor\b|password/i,
  },
  {
    id: 'db-other-hba-file',
    cause:
      'hba_file of conf.d names pg_hba-hardened.conf, which has no line for it; pg_hba.conf, which has, is not read',
    inject: `printf 'local   all   all   peer\\nhost    all   all   10.20.0.0/16   scram-sha-256\\n' >${cluster}/pg_hba-hardened.conf; chown postgres:postgres ${cluster}/pg_hba-hardened.conf; chmod 640 ${cluster}/pg_hba-hardened.conf; echo "hba_file = '${cluster}/pg_hba-hardened.conf'" >${cluster}/conf.d/20-hardening.conf; pg_restart; restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(api)" = 500 ] && grep -q 'no pg_hba.conf entry' ${errors} && grep -Eq '^host +all +all +127.0.0.1/32' $hba`,
    expect: [[/pg_hba-hardened|hba_file/]],
    mustNotClaim: [databaseDown, platformDown],
    object: /pg_hba-hardened|hba_file|20-hardening/,
  },
  {
    id: 'db-wal-link',
    cause: 'pg_wal is a link to /mnt/wal, which is not mounted: PostgreSQL does not start',
    inject: `systemctl stop postgresql@15-main; mv ${data}/pg_wal /var/lib/postgresql/pg_wal.15; ln -s /mnt/wal/15-main ${data}/pg_wal; chown -h postgres:postgres ${data}/pg_wal; systemctl start postgresql@15-main || true; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(api)" = 500 ] && [ -z "$(ss -Hltn sport = :5432)" ] && [ -L ${data}/pg_wal ]`,
    expect: [[/pg_wal|\/mnt\/wal/]],
    mustNotClaim: [platformDown],
    object: /pg_wal|\/mnt\/wal/,
  },
  {
    id: 'db-tablespace-mode',
    cause:
      'the folder of the tablespace fast, where metrics is, belongs to root: PostgreSQL may not enter it',
    inject: `install -d -o postgres -g postgres -m 700 /srv/fast /srv/fast/pg; sql "CREATE TABLESPACE fast LOCATION '/srv/fast/pg'"; sql 'ALTER TABLE metrics SET TABLESPACE fast'; systemctl stop postgresql@15-main; chown root:root /srv/fast; systemctl start postgresql@15-main; restart; ${visits(`${front}/api/v1/metrics?host=2`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(status $front/api/v1/hosts 3)" = 200 ] && [ "$(status $front/api/v1/metrics 3)" = 500 ]`,
    expect: [[/pg_tblspc|tablespace|\/srv\/fast/i, /permission|denied|owner|belongs|mode|root/i]],
    mustNotClaim: [databaseDown, platformDown],
    object: /\/srv\/fast/,
  },
  {
    id: 'db-huge-pages',
    cause: 'huge_pages is on, and the kernel has none: PostgreSQL does not start',
    inject: `pg_setting 'huge_pages = on'; pg_restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(api)" = 500 ] && [ -z "$(ss -Hltn sport = :5432)" ] && grep -q 'could not map anonymous shared memory' /var/log/postgresql/postgresql-15-main.log`,
    expect: [[/huge_pages/]],
    mustNotClaim: [platformDown, /shared_buffers/],
    object: /huge_pages/,
  },
  {
    id: 'db-wal-level',
    cause: 'wal_level minimal and max_wal_senders contradict each other: PostgreSQL does not start',
    inject: `pg_setting 'wal_level = minimal'; pg_restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(api)" = 500 ] && [ -z "$(ss -Hltn sport = :5432)" ] && grep -q 'requires wal_level' /var/log/postgresql/postgresql-15-main.log`,
    expect: [[/wal_level/]],
    mustNotClaim: [platformDown],
    object: /wal_level/,
  },
  {
    id: 'db-idle-reaper',
    cause: 'pg-idle-reaper.timer ends the idle sessions of the platform every 3 s: who comes next gets 500',
    inject: `
      printf '#!/bin/sh\\nexec psql -Xq -o /dev/null -d postgres -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = %s"\\n' "'idle'" >/usr/local/bin/pg-idle-reaper; chmod 755 /usr/local/bin/pg-idle-reaper
      printf '[Unit]\\nDescription=End idle sessions\\n[Service]\\nType=oneshot\\nUser=postgres\\nExecStart=/usr/local/bin/pg-idle-reaper\\n' >/etc/systemd/system/pg-idle-reaper.service
      printf '[Unit]\\nDescription=End idle sessions\\n[Timer]\\nOnActiveSec=1\\nOnUnitInactiveSec=3\\nAccuracySec=100ms\\n[Install]\\nWantedBy=timers.target\\n' >/etc/systemd/system/pg-idle-reaper.timer
      systemctl daemon-reload; systemctl enable -q --now pg-idle-reaper.timer; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(grep -Ec 'due to administrator command|closed( the connection)? unexpectedly' ${errors})" -ge 3 ]`,
    within: 40,
    expect: [[/idle-reaper/]],
    mustNotClaim: [databaseDown, platformDown],
    object: /idle-reaper/,
  },
  {
    id: 'db-verify-full',
    cause: 'sslmode verify-full of config.yaml needs a root certificate that is not there',
    inject: `sed -i '/^  connect_timeout/a\\  sslmode: verify-full' $config; restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(api)" = 500 ] && grep -q 'root certificate file' ${errors}`,
    expect: [[/sslmode|verify-full|root certificate|root\.crt/i]],
    mustNotClaim: [databaseDown, platformDown, /password/i],
    object: /sslmode|verify-full/,
  },
  {
    id: 'db-unset-environment',
    cause: 'UnsetEnvironment=DATABASE_PASSWORD of a drop-in takes the password that .env gives',
    inject: `printf '[Service]\\nUnsetEnvironment=DATABASE_PASSWORD\\n' | drop_in debvisor.service; restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(api)" = 500 ] && grep -q 'no password supplied' ${errors} && grep -q '^DATABASE_PASSWORD=.' /opt/debvisor/.env`,
    expect: [[/UnsetEnvironment/]],
    mustNotClaim: [databaseDown, platformDown],
    object: dropIn('UnsetEnvironment'),
  },
  {
    id: 'db-address-of-environment',
    cause: 'PGHOSTADDR in .env sends the platform to 198.18.0.77 in place of the host of config.yaml',
    inject: `echo 'PGHOSTADDR=198.18.0.77' >>/opt/debvisor/.env; restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(status $front/api/health 9)" = 500 ] && [ "$(sql 'SELECT 1')" = 1 ] && grep -q '198.18.0.77' ${errors}`,
    expect: [[/PGHOSTADDR/]],
    mustNotClaim: [databaseDown, platformDown],
    object: /PGHOSTADDR/,
  },
  {
    id: 'db-unlogged-table',
    cause: 'metrics was made UNLOGGED, and PostgreSQL emptied it after a crash: the history is gone',
    inject: `sql 'ALTER TABLE metrics SET UNLOGGED'; kill -9 $(head -1 ${data}/postmaster.pid); sleep 3; pg_restart; sleep 2; restart; ${visits(`${front}/api/v1/metrics?host=2`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(curl -s -m 3 "$front/api/v1/metrics?host=2" | grep -o '"at"' | wc -l)" -lt 50 ]`,
    expect: [[/unlogged/i, /metrics/]],
    mustNotClaim: [databaseDown, platformDown],
    object: /unlogged/i,
  },
  {
    id: 'db-isolation',
    cause:
      'default_transaction_isolation of the role is repeatable read: two who touch the same host disturb each other',
    inject: `sql "ALTER ROLE debvisor SET default_transaction_isolation = 'repeatable read'"; restart; sleep 1; for n in 1 2 3 4; do clients wall-display-$n ${front}/api/v1/touch?host=1; done; sleep 20`,
    probe: `[ "$(grep -c 'could not serialize access' ${errors})" -ge 3 ]`,
    within: 30,
    expect: [[/serializ|isolation|repeatable read/i]],
    mustNotClaim: [databaseDown, platformDown],
    object: /default_transaction_isolation/,
  },
]

/** Between the browser and the platform. */
const websocket: Unseen<'topic' | 'kind'> = [
  {
    id: 'websocket-regex-location',
    cause:
      'a location of nginx for all *.js, by pattern, goes before /socket.io/: the client is sought in /var/www/html',
    inject: `site_edit '/location .socket.io/i\\    location ~* .(js|css|png)$ {\\n        root /var/www/html;\\n        expires 7d;\\n    }\\n'; sleep 0.5; ${visits(`${front}/`, `${front}/socket.io/socket.io.js`)}`,
    probe: `${fine} && [ "$(status $front/socket.io/socket.io.js 3)" = 404 ] && [ "$(status $direct/socket.io/socket.io.js 3)" = 200 ]`,
    expect: [[/socket\.io\.js|\(js\|css/, /location|regex|404|\/var\/www\/html|No such file/i]],
    mustNotClaim: [platformDown, nginxDown, upgradeHeaders],
    object: /\(js\|css|\/var\/www\/html|expires 7d/,
  },
  {
    id: 'websocket-origin-check',
    cause: 'an if of nginx in /socket.io/ refuses every browser whose page came by http',
    inject: `site_edit '/location .socket.io/a\\        if ($http_origin ~ "^http:") {\\n            return 403;\\n        }'; sleep 0.5; background wall-display sh -c 'for n in $(seq 160); do curl -s -o /dev/null -m 5 -H "Origin: http://127.0.0.1" "${front}/socket.io/?EIO=4&transport=polling"; sleep 2; done'; sleep 20`,
    probe: `${fine} && [ "$(handshake $front 'Origin: http://127.0.0.1')" = 403 ] && [ "$(handshake $direct 'Origin: http://127.0.0.1:8080')" = 101 ]`,
    expect: [[/origin/i, /nginx|403|\bif\b|sites-(available|enabled)/]],
    mustNotClaim: [platformDown, nginxDown, upgradeHeaders],
    object: /http_origin|return 403/,
  },
  {
    id: 'websocket-request-headers',
    cause: 'proxy_pass_request_headers off of /socket.io/ keeps Sec-WebSocket-Key from the platform',
    inject: `site_edit '/location .socket.io/a\\        proxy_pass_request_headers off;'; sleep 0.5; ${dashboards(2)}; ${visits(`${front}/socket.io/?EIO=4&transport=polling`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(handshake $direct "$no_header")" = 101 ] && [ "$(handshake $front "$no_header")" = 400 ]`,
    expect: [[/proxy_pass_request_headers|Sec-WebSocket-Key/]],
    mustNotClaim: [platformDown, nginxDown, upgradeHeaders],
    object: /proxy_pass_request_headers/,
  },
  {
    id: 'websocket-sub-filter',
    cause: 'sub_filter of nginx makes wss:// of the ws:// of the client, and nothing listens on 443',
    inject: `site_edit '/server_name/a\\    sub_filter_types application/javascript;\\n    sub_filter_once off;\\n    sub_filter "ws://" "wss://";'; sleep 0.5; ${visits(`${front}/`, `${front}/socket.io/socket.io.js`)}`,
    probe: `${fine} && curl -s -m 3 $front/socket.io/socket.io.js | grep -q 'wss://' && curl -s -m 3 $direct/socket.io/socket.io.js | grep -q 'ws://'`,
    expect: [[/sub_filter|wss:/]],
    mustNotClaim: [platformDown, nginxDown, upgradeHeaders],
    object: /sub_filter/,
  },
  {
    id: 'websocket-page-for-all',
    cause: 'try_files of nginx answers every address of the API with index.html and 200',
    inject: `site_edit '/location \\/ {/,/}/{/proxy_/d}
/location \\/ {/a\\        root /opt/debvisor/web;\\n        try_files $uri /index.html;'; sleep 0.5; ${visits(`${front}/`, `${front}/api/v1/hosts`)}`,
    probe: `curl -s -m 3 $front/api/v1/hosts | grep -q '<title>' && curl -s -m 3 $direct/api/v1/hosts | grep -q node1`,
    expect: [[/try_files|index\.html|location \//, /html|try_files|api/i]],
    mustNotClaim: [platformDown, nginxDown, upgradeHeaders],
    object: /try_files|root \/opt\/debvisor\/web/,
  },
  {
    id: 'websocket-proxy-protocol',
    cause: 'the site expects the PROXY protocol on port 80, and nobody before it speaks it',
    inject: `site_edit 's/listen 80 default_server/listen 80 default_server proxy_protocol/'; sleep 0.5; ${visits(`${front}/`)}`,
    probe: `systemctl is-active -q nginx && [ "$(api)" = 000 ] && [ "$(status $direct/ 3)" = 200 ]`,
    expect: [[/proxy_protocol|PROXY protocol|broken header/i]],
    mustNotClaim: [platformDown, nginxDown, upgradeHeaders],
    object: /proxy_protocol/,
  },
  {
    id: 'websocket-log-link',
    cause: '/var/log/nginx is a link to a disk that is not mounted, and nginx was restarted',
    inject: `mv /var/log/nginx /var/log/nginx.2025; ln -s /mnt/logs/nginx /var/log/nginx; systemctl restart nginx || true; sleep 1`,
    probe: `[ "$(systemctl show -P ActiveState nginx)" = failed ] && [ "$(api)" = 000 ] && [ ! -e /var/log/nginx ]`,
    expect: [[/\/var\/log\/nginx|\/mnt\/logs/, /\blink|No such file|missing|not (there|exist)|mount|gone/i]],
    mustNotClaim: [platformDown, databaseDown],
    object: /\/var\/log\/nginx|\/mnt\/logs/,
  },
  {
    id: 'websocket-mounted-file',
    cause:
      'a file of a share is mounted over snapshot.json, which the collector cannot replace: no live update comes',
    inject: `install -d /srv/share; install -o debvisor -g debvisor -m 644 /dev/null /srv/share/snapshot.json; runuser -u debvisor -- touch /var/lib/debvisor/snapshot.json; echo '/srv/share/snapshot.json /var/lib/debvisor/snapshot.json none bind 0 0' >>/etc/fstab; mount /var/lib/debvisor/snapshot.json; ${dashboards(1)}; sleep 25`,
    probe: `[ "$(api)" = 200 ] && mountpoint -q /var/lib/debvisor/snapshot.json && grep -q 'Device or resource busy' ${errors}`,
    expect: [[/snapshot\.json/, /mount|busy|bind/i]],
    mustNotClaim: [platformDown, databaseDown, nginxDown, upgradeHeaders],
    object: /snapshot\.json|\/etc\/fstab/,
  },
  {
    id: 'websocket-script-name',
    cause: 'index.html of the last deploy loads socket.io.min.js, which the platform does not have',
    inject: `sed -i 's|/socket.io/socket.io.js|/socket.io/socket.io.min.js|' ${web}/index.html; ${visits(`${front}/`, `${front}/socket.io/socket.io.min.js`)}`,
    probe: `${fine} && curl -s -m 3 $front/ | grep -q 'socket.io.min.js' && [ "$(status $front/socket.io/socket.io.min.js 3)" = 400 ]`,
    expect: [[/socket\.io\.min\.js|index\.html/]],
    mustNotClaim: [platformDown, nginxDown, upgradeHeaders],
    object: /index\.html/,
  },
  {
    id: 'websocket-nginx-user',
    cause: 'nginx.conf names the user webproxy, who does not exist; nginx was restarted',
    inject: `sed -i 's/^user .*/user webproxy;/' /etc/nginx/nginx.conf; systemctl restart nginx || true; sleep 1`,
    probe: `[ "$(systemctl show -P ActiveState nginx)" = failed ] && [ "$(api)" = 000 ]`,
    expect: [[/webproxy|getpwnam/]],
    mustNotClaim: [platformDown, databaseDown],
    object: /webproxy/,
  },
  {
    id: 'websocket-canary',
    cause:
      'split_clients of nginx sends half of all requests to 8082, where the trial release no longer runs',
    inject: `printf '# The trial of 2.5.\\nsplit_clients "$request_id" $pool {\\n    50%% 127.0.0.1:8080;\\n    * 127.0.0.1:8082;\\n}\\n' >/etc/nginx/conf.d/canary.conf; site_edit 's|proxy_pass http://127.0.0.1:8080|proxy_pass http://$pool|'; sleep 0.5; ${visits(`${front}/api/v1/hosts`, `${front}/`)}`,
    probe: `codes=$(for n in 1 2 3 4 5 6 7 8 9 10 11 12; do status $front/api/health 3; echo; done | sort -u | tr '\\n' ' '); [ "$codes" = '200 502 ' ]`,
    expect: [[/8082|split_clients|canary/]],
    mustNotClaim: [platformDown, nginxDown, upgradeHeaders],
    object: /canary\.conf|split_clients|8082|\$pool/,
  },
]

/** It works, and nobody likes to wait for it. */
const performance: Unseen<'topic' | 'kind'> = [
  {
    id: 'performance-mirror',
    cause:
      'nginx mirrors each request to 198.18.0.250, which is gone: the next one of a browser waits for that',
    inject: `site_edit '/location \\/ {/a\\        mirror /_shadow;
/location \\/ {/i\\    location = /_shadow {\\n        internal;\\n        proxy_pass http://198.18.0.250:8080$request_uri;\\n        proxy_connect_timeout 8s;\\n    }\\n'; sleep 0.5; background wall-display sh -c 'for n in $(seq 160); do curl -s -m 20 -o /dev/null ${front}/api/v1/hosts -o /dev/null ${front}/api/v1/metrics; sleep 1; done'; sleep 20`,
    probe: `curl -s -m 25 -o /dev/null -o /dev/null -w '%{time_total}\\n' $front/api/health $front/api/health | tail -1 | awk '{ exit !($1 > 1.5) }'`,
    within: 30,
    expect: [[/\bmirror|_shadow|198\.18\.0\.250/]],
    mustNotClaim: [platformDown, databaseDown, nginxDown],
    object: /mirror|_shadow|198\.18\.0\.250/,
  },
  {
    id: 'performance-trace-hook',
    cause:
      'sitecustomize.py of Python, by a profiling agent, traces each line of each thread: requests take long',
    inject: `
      cat >>/etc/python3.11/sitecustomize.py <<'END'

# Continuous profiler.
import threading
import traceback

_stacks = {}


def _note(frame, event, arg):
    key = "".join(traceback.format_stack(frame, 12))
    _stacks[key] = _stacks.get(key, 0) + 1
    return _note


threading.settrace(_note)
END
      restart; for n in 1 2; do clients wall-display-$n ${front}/api/v1/metrics?host=$n; done; sleep 10`,
    probe: `${slower('$direct/api/v1/hosts', 0.2)} && ${slower('$direct/api/v1/hosts', 0.2)} && grep -q settrace /etc/python3.11/sitecustomize.py`,
    within: 25,
    expect: [[/sitecustomize|settrace/]],
    mustNotClaim: [platformDown, databaseDown],
    object: /sitecustomize/,
  },
  {
    id: 'performance-planner-switch',
    cause: 'enable_indexscan and enable_bitmapscan of the role are off: each dashboard reads all of metrics',
    inject: `sql "SET ROLE debvisor; INSERT INTO metrics (host_id, taken_at, cpu, memory) SELECT 1 + n % 8, now() - n * interval '1 second', 1, 1 FROM generate_series(1, 600000) AS n"; sql 'ANALYZE metrics'; sql 'ALTER ROLE debvisor SET enable_indexscan = off; ALTER ROLE debvisor SET enable_bitmapscan = off'; restart; sleep 1; for n in 1 2 3; do clients wall-display-$n "${front}/api/v1/metrics?host=$n"; done; sleep 12`,
    probe: `${slower('$front/api/v1/metrics?host=2', 0.1)} && [ "$(sql "SELECT count(*) FROM pg_db_role_setting WHERE setconfig::text LIKE '%enable_indexscan=off%'")" = 1 ]`,
    within: 25,
    expect: [[/enable_(indexscan|bitmapscan)/]],
    mustNotClaim: [platformDown, databaseDown],
    object: /enable_(indexscan|bitmapscan)/,
  },
  {
    id: 'performance-huge-row',
    cause: 'hosts.state of node5 holds a text of 19 MB: the list of hosts is as large',
    inject: `sql "UPDATE hosts SET state = (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 600000) AS n) WHERE name = 'node5'"; sleep 1; clients wall-display ${front}/api/v1/hosts; sleep 15`,
    probe: `[ "$(curl -s -o /dev/null -m 30 -w '%{size_download}' $front/api/v1/hosts)" -gt 10000000 ]`,
    expect: [[/api\/v1\/hosts|hosts\.state|node5/, /\bMi?B\b|\bbytes\b|large|big|huge/i]],
    mustNotClaim: [platformDown, databaseDown],
    object: /hosts\.state|table hosts\b|node5/i,
  },
  {
    id: 'performance-advisory-lock',
    cause: 'the session inventory-sync keeps the advisory lock 7311, for which each update of hosts waits',
    inject: `sql "CREATE FUNCTION take_turn() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(7311); RETURN NEW; END'; CREATE TRIGGER hosts_turn BEFORE UPDATE ON hosts FOR EACH ROW EXECUTE FUNCTION take_turn()"; background inventory-sync --uid=postgres -E PGAPPNAME=inventory-sync psql -Xq -d debvisor -c 'SELECT pg_advisory_lock(7311)' -c 'SELECT pg_sleep(500)'; sleep 1; for n in 1 2; do clients wall-display-$n ${front}/api/v1/touch?host=$n; done; sleep 12`,
    probe: `[ "$(sql "SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")" = t ] && [ "$(status $front/api/v1/touch?host=3 4)" != 200 ]`,
    within: 25,
    expect: [[/advisory/i, /inventory-sync|pg_sleep|psql|7311|\bpid\b/i]],
    mustNotClaim: [platformDown, databaseDown],
    object: /take_turn|hosts_turn|inventory-sync/,
  },
  {
    id: 'performance-slice-quota',
    cause: 'the platform runs in batch.slice, which may use 1 % of a CPU',
    inject: `printf '[Unit]\\nDescription=Jobs that may wait\\n' >/etc/systemd/system/batch.slice; printf '[Service]\\nSlice=batch.slice\\n' | drop_in debvisor.service; restart; systemctl set-property batch.slice CPUQuota=1%; sleep 1; for n in 1 2 3 4 5 6; do clients wall-display-$n "${front}/api/v1/metrics?host=$n"; done; sleep 12`,
    probe: `systemctl is-active -q debvisor && ${slower('$front/api/v1/hosts', 0.3)} && ${slower('$front/api/v1/hosts', 0.3)} && [ "$(unit Slice)" = batch.slice ]`,
    within: 30,
    expect: [[/batch\.slice/]],
    mustNotClaim: [platformDown, databaseDown],
    object: /batch\.slice|override\.conf/,
  },
]

export const fifthUnseenFaults: Unseen<'kind'> = [
  ...service.map((one) => ({ ...one, topic: 'service' }) as const),
  ...db.map((one) => ({ ...one, topic: 'db' }) as const),
  ...websocket.map((one) => ({ ...one, topic: 'websocket' }) as const),
  ...performance.map((one) => ({ ...one, topic: 'performance' }) as const),
]

/** A unit that tries to start again and again, as its port is taken. */
const portFight = `
  printf '[Unit]\\nDescription=Web pages of the old handbook\\nStartLimitIntervalSec=0\\n[Service]\\nExecStart=/usr/bin/python3 -m http.server --bind 0.0.0.0 --directory /srv 80\\nRestart=always\\nRestartSec=2\\n' >/etc/systemd/system/old-handbook.service
  systemctl daemon-reload; systemctl start old-handbook`

/** One quiet cause beside something loud that harms nobody, has ended, or keeps the evidence away. */
const lookAlikes: Unseen<'kind'> = [
  {
    id: 'lookalike-lost-log-and-generated-column',
    topic: 'db',
    cause:
      'hosts.seen_at is a generated column now, so that it cannot be set; error.log was rotated away, and the platform writes to the old file',
    inject: `mv ${errors} ${errors}.1; install -o debvisor -g adm -m 640 /dev/null ${errors}; sql "ALTER TABLE hosts DROP seen_at; ALTER TABLE hosts ADD seen_at timestamptz GENERATED ALWAYS AS (CASE WHEN id > 0 THEN '2026-01-01 00:00:00+00'::timestamptz END) STORED"; ${visits(`${front}/api/v1/touch?host=4`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(status $front/api/v1/touch 3)" = 500 ] && [ ! -s ${errors} ] && grep -q 'can only be updated to DEFAULT' ${errors}.1`,
    expect: [[/seen_at/, /generated|can only be updated|DEFAULT/i]],
    mustNotClaim: [platformDown, databaseDown],
    object: /seen_at/,
  },
  {
    id: 'lookalike-silent-unit-and-argument',
    topic: 'service',
    cause:
      'ExecStart of a drop-in has --threads, which the program does not know; another one, of long ago, sends what it says to /dev/null',
    inject: `install -d /etc/systemd/system/debvisor.service.d; printf '[Service]\\nStandardOutput=null\\nStandardError=null\\n' >/etc/systemd/system/debvisor.service.d/10-quiet.conf; printf '[Service]\\nExecStart=\\nExecStart=/opt/debvisor/bin/debvisor-server --config /etc/debvisor/config.yaml --threads 8\\n' | drop_in debvisor.service; restart`,
    probe: `is_failed && [ "$(api)" = 502 ] && [ "$(unit ExecMainStatus)" = 2 ] && ! journalctl -q -u debvisor | grep -q unrecognized`,
    expect: [[/--threads/]],
    mustNotClaim: [databaseDown],
    object: dropIn('--threads'),
  },
  {
    id: 'lookalike-ended-stop-and-alias',
    topic: 'websocket',
    cause:
      'a location /api/ of nginx has an alias to a folder that is not there: 404; PostgreSQL was stopped for some seconds before',
    inject: `clients wall-display-2 ${front}/api/v1/hosts; systemctl stop postgresql@15-main; sleep 8; systemctl start postgresql@15-main; sleep 2; site_edit '/location \\/ {/i\\    location /api/ {\\n        alias /var/www/api/;\\n    }\\n'; sleep 0.5; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(status $front/api/v1/hosts 3)" = 404 ] && [ "$(status $direct/api/v1/hosts 3)" = 200 ] && grep -q 'Connection refused' ${errors}`,
    expect: [[/\balias\b|\/var\/www\/api|location \/api/]],
    mustNotClaim: [platformDown, databaseDown, nginxDown],
    object: /alias|\/var\/www\/api|location \/api/,
  },
  {
    id: 'lookalike-archive-job-and-mirror',
    topic: 'performance',
    cause:
      'nginx mirrors requests to 198.18.0.251, which is gone; an archive job of low priority takes half a CPU',
    inject: `background archive-logs -p CPUQuota=50% -p Nice=19 sh -c 'while :; do head -c 20000000 /dev/urandom | gzip -9 >/dev/null; done'; site_edit '/location \\/ {/a\\        mirror /copy;
/location \\/ {/i\\    location = /copy {\\n        internal;\\n        proxy_pass http://198.18.0.251:9000$request_uri;\\n    }\\n'; sleep 0.5; background wall-display sh -c 'for n in $(seq 160); do curl -s -m 20 -o /dev/null ${front}/api/v1/hosts -o /dev/null ${front}/api/v1/metrics; sleep 1; done'; sleep 20`,
    probe: `curl -s -m 25 -o /dev/null -o /dev/null -w '%{time_total}\\n' $front/api/health $front/api/health | tail -1 | awk '{ exit !($1 > 1.5) }'`,
    within: 30,
    expect: [[/\bmirror|location = \/copy|198\.18\.0\.251/]],
    mustNotClaim: [/archive-logs|\bCPUs?\b/, platformDown, databaseDown, nginxDown],
    object: /mirror|\/copy|198\.18\.0\.251/,
  },
  {
    id: 'lookalike-closed-logs-and-foreign-key',
    topic: 'db',
    cause:
      'the foreign key metrics_rack of metrics asks for racks, and there are none; the folder of PostgreSQL’s logs is closed to others',
    inject: `chmod 700 /var/log/postgresql; sql 'CREATE TABLE racks (id integer PRIMARY KEY); ALTER TABLE racks OWNER TO debvisor; ALTER TABLE metrics ADD CONSTRAINT metrics_rack FOREIGN KEY (host_id) REFERENCES racks NOT VALID'; sleep 25`,
    probe: `[ "$(api)" = 200 ] && grep -q 'violates foreign key constraint "metrics_rack"' ${errors}`,
    expect: [[/metrics_rack|\bracks\b/]],
    mustNotClaim: [platformDown, databaseDown],
    object: /metrics_rack|\bracks\b/,
  },
  {
    id: 'lookalike-port-fight-and-exact-location',
    topic: 'websocket',
    cause:
      'an exact location /socket.io/ of nginx, for a check of long ago, answers 200 by itself; old-handbook, unrelated, does not get port 80',
    inject: `${portFight}; site_edit '/location .socket.io/i\\    location = /socket.io/ {\\n        return 200 "ok";\\n    }\\n'; sleep 0.5; ${visits(`${front}/socket.io/?EIO=4&transport=polling`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(handshake $front "$no_header")" = 200 ] && [ "$(handshake $direct "$no_header")" = 101 ] && [ "$(systemctl show -P NRestarts old-handbook)" -ge 3 ]`,
    expect: [[/location = |exact|return 200|answers .*(itself|200)/i]],
    mustNotClaim: [/old-handbook|port 80\b/, platformDown, databaseDown, nginxDown, upgradeHeaders],
    object: /location = |return 200/,
  },
  {
    id: 'lookalike-ended-kills-and-host-name',
    topic: 'service',
    cause:
      'the page of the last deploy asks for the metrics of node1 by its name, where the platform wants a number: 502; an import, unrelated, was killed by its own memory limit before',
    inject: `for n in 1 2 3; do background import-$n -p MemoryMax=20M python3 -c 'held = bytearray(90 << 20)'; sleep 1; done; sed -i "s|^  const socket = io()|  fetch('/api/v1/metrics?host=node1').then((answer) => answer.json()).then((rows) => { text.textContent = JSON.stringify(rows[0]) })\\n&|" ${web}/index.html; ${visits(`${front}/`, `${front}/api/v1/metrics?host=node1`)}`,
    probe: `${fine} && curl -s -m 3 $front/ | grep -q 'host=node1' && [ "$(status "$front/api/v1/metrics?host=node1" 3)" = 502 ]`,
    expect: [[/host=node1|invalid literal|ValueError|index\.html/]],
    mustNotClaim: [/memory|\bOOM\b|import-/i, platformDown, databaseDown],
    object: /index\.html/,
  },
  {
    id: 'lookalike-foreign-certificate-and-body',
    topic: 'websocket',
    cause:
      'proxy_pass_request_body off of /socket.io/: messages of the polling transport wait for their body; the certificate of another site, on 8443, has expired',
    inject: `
      openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=wiki.internal -days 1 -keyout /etc/ssl/private/wiki.key -out /etc/ssl/certs/wiki.pem 2>/dev/null
      printf 'server {\\n    listen 8443 ssl;\\n    server_name wiki.internal;\\n    ssl_certificate /etc/ssl/certs/wiki.pem;\\n    ssl_certificate_key /etc/ssl/private/wiki.key;\\n    root /var/www/html;\\n    error_log /var/log/nginx/error.log info;\\n}\\n' >/etc/nginx/conf.d/wiki.conf
      site_edit '/location .socket.io/a\\        proxy_pass_request_body off;'; sleep 0.5
      background wiki-reader sh -c 'for n in $(seq 160); do curl -s -o /dev/null -m 5 https://127.0.0.1:8443/; sleep 2; done'
      background wall-display sh -c 'for n in $(seq 160); do curl -s -o /dev/null -m 8 --data 40 "${front}/socket.io/?EIO=4&transport=polling"; sleep 2; done'; sleep 20`,
    probe: `${post}; ${fine} && [ "$(post $direct)" = 200 ] && [ "$(post $front)" = 000 ] && grep -q 'SSL_do_handshake' /var/log/nginx/error.log`,
    expect: [[/proxy_pass_request_body/]],
    mustNotClaim: [/certificate|wiki|8443/i, platformDown, databaseDown, nginxDown, upgradeHeaders],
    object: /proxy_pass_request_body/,
  },
]

/** Two causes, both to be named. */
const pairs: Unseen<'kind'> = [
  {
    id: 'pair-page-encoding-and-publication',
    topic: 'service',
    cause:
      'index.html is Latin-1 and not UTF-8; a publication of all tables keeps hosts, without a replica identity, from being updated',
    inject: `LC_ALL=C sed -i 's|Connection lost|Verbindung unterbrochen \\x96 bitte warten|' ${web}/index.html; sql 'ALTER TABLE hosts REPLICA IDENTITY NOTHING; CREATE PUBLICATION warehouse FOR ALL TABLES'; ${visits(`${front}/`, `${front}/api/v1/touch?host=2`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(status $front/ 3)" = 502 ] && [ "$(status $front/api/v1/touch 3)" = 500 ] && grep -q 'replica identity' ${errors}`,
    expect: [
      [/index\.html/, /UTF-?8|decod|encod|latin|0x96/i],
      [/replica identity|publication|publishes|warehouse/i, /\bhosts\b/],
    ],
    mustNotClaim: [platformDown, databaseDown],
    object: [/index\.html/, /warehouse|replica identity|publication/i],
  },
  {
    id: 'pair-http2-and-unset-password',
    topic: 'websocket',
    cause:
      'port 80 of the site speaks HTTP/2 only, without TLS; UnsetEnvironment of a drop-in takes the password of the database',
    inject: `site_edit 's/listen 80 default_server/listen 80 http2 default_server/'; printf '[Service]\\nUnsetEnvironment=DATABASE_PASSWORD SECRET_KEY\\n' | drop_in debvisor.service; restart; ${visits(`${front}/`, 'http://127.0.0.1:8080/api/v1/hosts')}`,
    probe: `[ "$(status $direct/ 3)" = 200 ] && [ "$(status $front/ 3)" = 000 ] && systemctl is-active -q nginx && [ "$(status $direct/api/health 5)" = 500 ] && grep -q 'no password supplied' ${errors}`,
    expect: [[/\bhttp2\b|HTTP\/2/i], [/UnsetEnvironment/]],
    mustNotClaim: [platformDown, databaseDown, nginxDown, upgradeHeaders],
    object: [/http2/, dropIn('UnsetEnvironment')],
  },
  {
    id: 'pair-script-name-and-unique-index',
    topic: 'websocket',
    cause:
      'index.html loads socket.io.esm.js, which is not served; the unique index metrics_one_a_minute refuses most of the rows of metrics',
    inject: `sed -i 's|/socket.io/socket.io.js|/socket.io/socket.io.esm.js|' ${web}/index.html; sql "DELETE FROM metrics WHERE taken_at > now() - interval '5 minutes'; CREATE UNIQUE INDEX metrics_one_a_minute ON metrics (host_id, date_trunc('minute', taken_at AT TIME ZONE 'UTC'))"; ${visits(`${front}/`, `${front}/socket.io/socket.io.esm.js`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(status $front/socket.io/socket.io.esm.js 3)" = 400 ] && grep -q 'unique constraint "metrics_one_a_minute"' ${errors}`,
    within: 30,
    expect: [[/socket\.io\.esm\.js|index\.html/], [/metrics_one_a_minute/]],
    mustNotClaim: [platformDown, databaseDown, nginxDown, upgradeHeaders],
    object: [/index\.html/, /metrics_one_a_minute/],
  },
  {
    id: 'pair-pattern-location-and-float-digits',
    topic: 'websocket',
    cause:
      'a location of nginx for all scripts goes before /socket.io/; extra_float_digits of the role is -14, so that the page shows figures of one digit',
    inject: `site_edit '/location .socket.io/i\\    location ~ .(js|mjs|map)$ {\\n        root /srv/static;\\n    }\\n'; sql 'ALTER ROLE debvisor SET extra_float_digits = -14'; restart; ${visits(`${front}/socket.io/socket.io.js`, `${front}/api/v1/metrics?host=2`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(status $front/socket.io/socket.io.js 3)" = 404 ] && ! curl -s -m 3 "$front/api/v1/metrics?host=2" | grep -Eq '"memory": [1-9][0-9]*[1-9][.]'`,
    expect: [
      [/socket\.io\.js|\(js\|mjs/, /location|regex|404|\/srv\/static|No such file/i],
      [/extra_float_digits/],
    ],
    mustNotClaim: [platformDown, databaseDown, nginxDown, upgradeHeaders],
    object: [/\(js\|mjs|\/srv\/static/, /extra_float_digits/],
  },
  {
    id: 'pair-mounted-file-and-proxy-protocol',
    topic: 'websocket',
    cause:
      'the site expects the PROXY protocol, which nobody speaks; a file is mounted over snapshot.json, which the collector cannot replace',
    inject: `site_edit 's/listen 80 default_server/listen 80 proxy_protocol default_server/'; install -d /srv/exchange; install -o debvisor -g debvisor -m 644 /dev/null /srv/exchange/snapshot.json; runuser -u debvisor -- touch /var/lib/debvisor/snapshot.json; mount --bind /srv/exchange/snapshot.json /var/lib/debvisor/snapshot.json; ${visits(`${front}/`)}`,
    probe: `[ "$(status $direct/ 3)" = 200 ] && [ "$(status $front/ 3)" = 000 ] && systemctl is-active -q nginx && grep -q 'Device or resource busy' ${errors}`,
    expect: [[/proxy_protocol|PROXY protocol|broken header/i], [/snapshot\.json/, /mount|busy|bind/i]],
    mustNotClaim: [platformDown, databaseDown, nginxDown, upgradeHeaders],
    object: [/proxy_protocol/, /snapshot\.json/],
  },
  {
    id: 'pair-nginx-user-and-wal-link',
    topic: 'db',
    cause:
      'pg_wal is a link to a disk that is not mounted; nginx.conf names a user who does not exist; both were restarted',
    inject: `systemctl stop postgresql@15-main; mv ${data}/pg_wal /var/lib/postgresql/wal; ln -s /mnt/ssd/pg_wal ${data}/pg_wal; systemctl start postgresql@15-main || true; sed -i 's/^user .*/user nginx-web;/' /etc/nginx/nginx.conf; systemctl restart nginx || true; ${visits('http://127.0.0.1:8080/api/v1/hosts')}`,
    probe: `[ "$(api)" = 000 ] && [ "$(systemctl show -P ActiveState nginx)" = failed ] && [ -z "$(ss -Hltn sport = :5432)" ] && [ "$(status $direct/api/health 5)" = 500 ]`,
    expect: [[/pg_wal|\/mnt\/ssd/], [/nginx-web|getpwnam/]],
    mustNotClaim: [platformDown],
    object: [/pg_wal|\/mnt\/ssd/, /nginx-web/],
  },
  {
    id: 'pair-address-space-and-huge-pages',
    topic: 'service',
    cause:
      'LimitAS=36M of a drop-in leaves the platform too little address space; huge_pages is on, and the kernel has none',
    inject: `printf '[Service]\\nLimitAS=36M\\n' | drop_in debvisor.service; restart; pg_setting 'huge_pages = on'; pg_restart; sleep 5`,
    probe: `is_failed && [ "$(api)" = 502 ] && [ -z "$(ss -Hltn sport = :5432)" ]`,
    expect: [[/LimitAS|address space|RLIMIT_AS/i], [/huge_pages/]],
    mustNotClaim: [/shared_buffers/],
    object: [dropIn('LimitAS'), /huge_pages/],
  },
  {
    id: 'pair-large-state-and-mirror',
    topic: 'performance',
    cause:
      'hosts.state of node2 holds a text of 16 MB; nginx mirrors each request to 198.18.0.252, which is gone',
    inject: `sql "UPDATE hosts SET state = (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 500000) AS n) WHERE name = 'node2'"; site_edit '/location \\/ {/a\\        mirror /_audit;
/location \\/ {/i\\    location = /_audit {\\n        internal;\\n        proxy_pass http://198.18.0.252:8088$request_uri;\\n    }\\n'; sleep 0.5; background wall-display sh -c 'for n in $(seq 160); do curl -s -m 20 -o /dev/null ${front}/api/v1/hosts -o /dev/null ${front}/api/v1/metrics; sleep 1; done'; sleep 20`,
    probe: `[ "$(curl -s -o /dev/null -m 30 -w '%{size_download}' $front/api/v1/hosts)" -gt 10000000 ] && curl -s -m 25 -o /dev/null -o /dev/null -w '%{time_total}\\n' $front/api/health $front/api/health | tail -1 | awk '{ exit !($1 > 1.5) }'`,
    within: 40,
    expect: [
      [/api\/v1\/hosts|hosts\.state|node2/, /\bMi?B\b|\bbytes\b|large|big|huge/i],
      [/\bmirror|_audit|198\.18\.0\.252/],
    ],
    mustNotClaim: [platformDown, databaseDown, nginxDown],
    object: [/hosts\.state|table hosts\b|node2/i, /mirror|_audit|198\.18\.0\.252/],
  },
]

export const fifthUnseenPairs: Unseen<'kind'> = [...lookAlikes, ...pairs]

/** Unusual, and well. */
export const fifthUnseenHealthyHosts: Unseen<'kind' | 'expect'> = [
  {
    id: 'healthy-socket-only',
    topic: 'db',
    cause: 'PostgreSQL listens on its socket only, and config.yaml names the folder of it as the host',
    inject: `sed -i 's|^local  *all  *all .*|local   all   debvisor   scram-sha-256\\n&|' $hba; pg_setting "listen_addresses = ''"; sed -i 's|^  host: localhost|  host: /var/run/postgresql|' $config; pg_restart; restart; sleep 2`,
    probe: `${fine} && [ -z "$(ss -Hltn sport = :5432)" ]`,
  },
  {
    id: 'healthy-unit-copy',
    topic: 'service',
    cause:
      'a copy of the unit in /etc, with a slice of its own, hides the packaged one; its log is below /srv, behind a link',
    inject: `install -d -o debvisor -g adm -m 750 /srv/log/debvisor; mv ${errors} /srv/log/debvisor/error.log; rmdir /var/log/debvisor; ln -s /srv/log/debvisor /var/log/debvisor; sed 's|^Type=notify|&\\nSlice=platform.slice\\nLimitNOFILE=4096|' /usr/lib/systemd/system/debvisor.service >/etc/systemd/system/debvisor.service; systemctl daemon-reload; restart; sleep 1`,
    probe: `${fine} && [ "$(unit Slice)" = platform.slice ] && [ -L /var/log/debvisor ]`,
  },
  {
    id: 'healthy-old-crash',
    topic: 'service',
    cause:
      'a crash of three weeks ago is in the log, with its traceback, and a dump of it lies in /var/crash',
    inject: `
      day=$(date -d '21 days ago' +%F)
      { echo "$day 03:12:44,118 ERROR debvisor.collector: no metrics collected"; echo 'Traceback (most recent call last):'; echo '  File "/opt/debvisor/debvisor/server.py", line 97, in collect'; echo '    self.snapshot({"load1": load1})'; echo 'OSError: [Errno 28] No space left on device'; echo "$day 03:12:49,402 CRITICAL debvisor: cannot start: [Errno 98] cannot listen on 0.0.0.0:8080: Address already in use"; } >>${errors}
      install -d -m 1777 /var/crash; head -c 300000 /dev/urandom >/var/crash/_usr_bin_python3.11.999.crash; touch -d "$day" /var/crash/_usr_bin_python3.11.999.crash; sleep 1`,
    probe: `${fine} && [ -e /var/crash/_usr_bin_python3.11.999.crash ]`,
  },
  {
    id: 'healthy-other-database-errors',
    topic: 'db',
    cause:
      'another database of the cluster gets errors of its own program: missing tables, time-outs, duplicate keys',
    inject: `
      sql 'CREATE ROLE warehouse LOGIN'; sql 'CREATE DATABASE warehouse OWNER warehouse'
      printf '#!/bin/sh\\nfor n in $(seq 240); do\\n  psql -Xq -d warehouse -c "CREATE TABLE IF NOT EXISTS loads (id integer PRIMARY KEY)" -c "INSERT INTO loads VALUES (1)"\\n  psql -Xq -d warehouse -c "SELECT * FROM orders_2026"\\n  psql -Xq -d warehouse -c "SET statement_timeout = 100" -c "SELECT pg_sleep(1)"\\n  sleep 2\\ndone\\n' >/usr/local/bin/warehouse-load; chmod 755 /usr/local/bin/warehouse-load
      background warehouse-load --uid=postgres /usr/local/bin/warehouse-load; sleep 20`,
    probe: `${fine} && grep -q 'relation "orders_2026" does not exist' /var/log/postgresql/postgresql-15-main.log`,
  },
  {
    id: 'healthy-maintenance-switch',
    topic: 'websocket',
    cause:
      'nginx answers 503 where a file says so, and the file is not there; it sends a page of its own for errors and keeps connections to an upstream',
    inject: `
      printf 'upstream debvisor {\\n    server 127.0.0.1:8080 max_fails=0;\\n}\\n' >/etc/nginx/conf.d/upstream.conf
      site_edit 's|proxy_pass http://127.0.0.1:8080|proxy_pass http://debvisor|; /server_name/a\\    if (-f /srv/maintenance.on) {\\n        return 503;\\n    }\\n    error_page 502 503 504 /offline.html;\\n    location = /offline.html {\\n        root /srv;\\n        internal;\\n    }'; sleep 1`,
    probe: `${fine} && grep -q maintenance.on $site && [ ! -e /srv/maintenance.on ]`,
  },
  {
    id: 'healthy-talkative-database',
    topic: 'performance',
    cause:
      'PostgreSQL logs each statement and each login, plans as for an SSD, without JIT, and limits statements to 30 s',
    inject: `for setting in 'log_statement = all' 'log_connections = on' 'log_disconnections = on' 'random_page_cost = 1.1' 'jit = off' 'log_min_duration_statement = 0'; do pg_setting "$setting"; done; sql "ALTER ROLE debvisor SET statement_timeout = '30s'; ALTER ROLE debvisor SET idle_in_transaction_session_timeout = '60s'"; pg_restart; restart; sleep 2; for n in 1 2 3 4 5; do api; done`,
    probe: `${fine} && [ "$(sql 'SHOW log_statement')" = all ]`,
  },
]
