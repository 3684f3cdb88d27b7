import type { Fault } from './fault.ts'

type Unseen<Given extends keyof Fault> = readonly Omit<Fault, Given | 'unseen'>[]

const databaseDown = /PostgreSQL is (down|not running)|cluster .* is down/i
const platformDown = /debvisor.* (is down|failed|stopped|not running)/i
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
    object: /http_proxy|3128|\.env\b/,
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
    object: /taken_at/,
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
    object: /metrics|rack-sensor/,
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
    expect: [[/restart|running|start|old(er)?\b|environment|since|after/i, /password|\.env/i]],
    mustNotClaim: [databaseDown, platformDown],
    object: /\.env|role\b.*debvisor|password/i,
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

export const fifthUnseenFaults: Unseen<'kind'> = [
  ...service.map((one) => ({ ...one, topic: 'service' }) as const),
  ...db.map((one) => ({ ...one, topic: 'db' }) as const),
]
