import type { Fault } from './fault.ts'

type Case = Omit<Fault, 'platform' | 'kind' | 'unseen'>

const databaseDown = /PostgreSQL is (down|not running)|cluster .* is down/i
const panelDown = /debvisor-panel.* (is down|failed|stopped|not running)/i
const nginxDown = /nginx.* (is down|failed|stopped|not running)/i

/** page PATH: what one who is signed in reads at the panel itself. */
const reads = `page() {
  [ -s /root/.panel-cookie ] || browser login '' $direct >/dev/null
  curl -sk -m 8 -H "Host: $name" -H "Cookie: $(cat /root/.panel-cookie)" "$direct$1"
}
`

const withReader = <Given extends { readonly probe: string }>(one: Given): Given => ({
  ...one,
  probe: reads + one.probe,
})

/** Somebody who is not signed in opens these again and again, below the limits of nginx. */
const visits = (...paths: string[]): string => {
  const each = paths
    .map((one) => `curl -sk -o /dev/null -m 20 -H "Host: panel.debvisor.local" https://127.0.0.1${one}`)
    .join('; ')
  return `background wall-display sh -c 'for n in $(seq 150); do ${each}; sleep 3; done'`
}

const alive =
  'for n in $(seq 30); do [ "$(ask $direct/health/live)" = 200 ] && break; sleep 0.5; done; for n in 1 2 3; do'

const faults: readonly Case[] = [
  {
    id: 'blind5-renewed-not-loaded',
    topic: 'service',
    cause:
      'the certificate of the site was renewed in its file, but nobody reloaded nginx, which still shows the one that has expired',
    inject: `
      issue panel serverAuth DNS:panel.debvisor.local,DNS:localhost,IP:127.0.0.1 $of_last_year; systemctl restart nginx
      for n in $(seq 20); do [ "$(trusted)" = 60 ] && break; sleep 0.3; done
      issue panel serverAuth DNS:panel.debvisor.local,DNS:localhost,IP:127.0.0.1 -days 365; ${visits('/', '/api/stats')}`,
    probe: `[ "$(trusted)" = 60 ] && openssl x509 -checkend 86400 -noout -in $certs/panel.crt >/dev/null && [ "$(ask $front/auth/login)" = 200 ]`,
    within: 15,
    expect: [
      [/certificat|panel\.crt/i, /reload|still (us|show|ha|serv|pres|send)|in memory|on disk|renewed|older/i],
    ],
    mustNotClaim: [databaseDown, panelDown, nginxDown],
    object: /panel\.crt/,
  },
  {
    id: 'blind5-rolled-back',
    topic: 'db',
    cause:
      'release 1.5 was rolled back, its migration 0004 was not: the column title of alerts is called summary, which release 1.4.2 does not know',
    inject: `
      sql "ALTER TABLE alerts RENAME title TO summary; UPDATE alembic_version SET version_num = '0004_alert_summary'"; for n in 1 2 3; do browser alerts; done`,
    probe: `[ "$(browser alerts '' $direct)" = 500 ] && [ "$(browser stats '' $direct)" = 200 ] && panel_log 'alerts.title does not exist'`,
    within: 12,
    expect: [[/0004|alembic|migrat|\btitle\b|\bsummary\b/i]],
    mustNotClaim: [databaseDown, panelDown, nginxDown, /(is|a migration|migrations?) behind/i],
    object: /\balerts\b|alembic_version|summary/,
  },
  {
    id: 'blind5-old-scheme',
    topic: 'db',
    cause:
      'DATABASE_URL was taken over from another hoster, with postgres:// in front, which SQLAlchemy no longer knows: no worker starts',
    inject: `unit_edit panel 's|DATABASE_URL=postgresql://|DATABASE_URL=postgres://|'; ${visits('/', '/api/stats')}`,
    probe: `[ "$(ask $front/)" = 502 ] && [ "$(unit panel ActiveState)" != active ] && journalctl -q -u debvisor-panel -n 200 -o cat | cat - /var/log/debvisor/panel-error.log | grep -q 'sqlalchemy.dialects:postgres'`,
    within: 40,
    expect: [
      [
        /DATABASE_URL|postgres:\/\/|debvisor-panel\.service/,
        /dialect|scheme|postgres:\/\/|NoSuchModule|plugin/i,
      ],
    ],
    mustNotClaim: [databaseDown, nginxDown],
    object: /DATABASE_URL|debvisor-panel\.service/,
  },
  {
    id: 'blind5-append-only-file',
    topic: 'service',
    cause:
      'the append-only file of the Redis that is the cache is damaged in its middle since the disk was full: Redis does not start any more',
    inject: `
      echo 'appendonly yes' >>/etc/redis/redis.conf; systemctl enable -q --now redis-server; for n in $(seq 20); do [ "$(redis-cli ping)" = PONG ] && break; sleep 0.3; done
      echo 'REDIS_URL=redis://127.0.0.1:6379/0' >>$dotenv; for n in $(seq 200); do echo "SET panel:known:$n $(seq -s. 40)"; done | redis-cli >/dev/null; systemctl stop redis-server
      file=$(ls /var/lib/redis/appendonlydir/*.incr.aof | head -1); dd if=/dev/zero of="$file" bs=1 seek=5000 count=3000 conv=notrunc 2>/dev/null; systemctl start redis-server 2>/dev/null
      restart panel; ${alive} browser stats; done`,
    probe: `[ "$(browser stats)" = 500 ] && ! redis-cli ping 2>/dev/null | grep -q PONG && grep -q 'Bad file format' /var/log/redis/redis-server.log && panel_log 'connecting to 127.0.0.1:6379'`,
    within: 40,
    expect: [[/append.?only|\baof\b/i]],
    mustNotClaim: [databaseDown, panelDown, nginxDown],
    object: /append.?only|\baof\b/i,
  },
  {
    id: 'blind5-alert-storm',
    topic: 'service',
    cause:
      'fan-watch raises the same alert some twenty times a second: the list, which has fifty places, shows nothing else, and the alerts that matter are pushed out',
    inject: `
      sql "CREATE ROLE fanwatch LOGIN PASSWORD 'low-hum-88'; GRANT SELECT, INSERT ON alerts TO fanwatch; GRANT USAGE ON SEQUENCE alerts_id_seq TO fanwatch"
      background fan-watch --uid=nobody env PGPASSWORD=low-hum-88 PGAPPNAME=fan-watch sh -c 'while :; do psql -Xq -h 127.0.0.1 -U fanwatch -d debvisor -c "INSERT INTO alerts (severity, title) SELECT \\$\\$warning\\$\\$, \\$\\$node5: fan 2 out of range\\$\\$ FROM generate_series(1, 20)"; sleep 1; done'
      ${visits('/', '/api/alerts')}`,
    probe: `list=$(page /api/alerts); [ "$(echo "$list" | grep -o 'fan 2 out of range' | wc -l)" = 50 ] && ! echo "$list" | grep -q 'memory above' && [ "$(sql 'SELECT count(*) > 100 FROM alerts')" = t ]`,
    within: 25,
    expect: [[/fan-?watch|fan 2/]],
    mustNotClaim: [databaseDown, panelDown, nginxDown],
    object: /fan-?watch/,
  },
  {
    id: 'blind5-imported-ids',
    topic: 'db',
    cause:
      'the history of another installation was imported into metrics with its own ids, from 1,900,000,001 on: the panel takes the row of the highest id for the newest, and shows the same load for ever',
    inject: `
      sql "INSERT INTO metrics (id, node_id, taken_at, cpu, memory) SELECT 1900000000 + n, 1 + n % 8, now() - interval '400 days' + n * interval '10 minutes', 3.5, 71.5 FROM generate_series(1, 3000) AS n"; for n in 1 2 3; do browser stats; done; ${visits('/', '/api/stats')}`,
    probe: `page /api/stats | tr -d ' ' | grep -q '"cpu":3.5,"memory":71.5' && [ "$(sql "SELECT count(*) >= 3 FROM metrics WHERE taken_at > now() - interval '10 seconds'")" = t ] && [ "$(browser stats)" = 200 ]`,
    within: 25,
    expect: [[/\bmetrics\b/, /\bids?\b|import|\b19\d{8}|1,9|sequence|400 days|highest|newest/i]],
    mustNotClaim: [databaseDown, panelDown, nginxDown],
    object: /\bmetrics\b/,
  },
  {
    id: 'blind5-open-file-cache',
    topic: 'service',
    cause:
      'open_file_cache of nginx trusts what it has opened for a day: the deployment that mended dashboard.js replaced the file, and browsers still get the broken one, which asks an address that is gone',
    inject: `
      cp -p $app/static/dashboard.js /root/mended.js; sed -i 's|/api/stats|/api/v0/stats|' $app/static/dashboard.js
      sed -i 's/^worker_processes .*/worker_processes 1;/; /^http {/a\\    open_file_cache max=2000 inactive=24h;\\n    open_file_cache_valid 24h;' /etc/nginx/nginx.conf; systemctl restart nginx
      for n in 1 2 3; do ask $front/static/dashboard.js >/dev/null; done; mv /root/mended.js $app/static/dashboard.js; ${visits('/', '/static/dashboard.js', '/api/v0/stats')}`,
    probe: `curl -sk -m 5 -H "Host: $name" $front/static/dashboard.js | grep -q /api/v0/ && ! grep -q /api/v0/ $app/static/dashboard.js && [ "$(ask $front/api/v0/stats)" = 404 ]`,
    within: 15,
    expect: [[/open_file_cache/]],
    mustNotClaim: [databaseDown, panelDown, nginxDown],
    object: /open_file_cache|nginx\.conf/,
  },
  {
    id: 'blind5-half-rotated-client',
    topic: 'service',
    cause:
      'the rotation of the panel’s client certificate stopped half way: panel-client.crt is of a new key, panel-client.key is still the old one, and the panel can no longer show itself to the RPC daemon',
    inject: `
      cp -p $certs/panel-client.key /root/kept.key; openssl genrsa 2048 2>/dev/null >$certs/panel-client.key
      issue panel-client clientAuth DNS:panel.debvisor.local -days 365; cat /root/kept.key >$certs/panel-client.key; rm /root/kept.key; for n in 1 2 3; do browser nodes; done`,
    probe: `[ "$(browser nodes '' $direct)" = 502 ] && panel_log 'KEY_VALUES_MISMATCH\\|key values mismatch' && [ "$(unit rpcd ActiveState)" = active ]`,
    within: 12,
    expect: [[/panel-client/, /match|belong|\bpair\b|of (a|the) new key|fit/i]],
    mustNotClaim: [databaseDown, panelDown, nginxDown, /expired|authority/i],
    object: /panel-client/,
  },
]

/** Something loud that is harmless, beside a quiet cause. */
const lookAlikes: readonly Case[] = [
  {
    id: 'blind5-alike-mail-and-rotated-secrets',
    topic: 'service',
    cause:
      'rotate-panel-secrets.timer, meant for each month, makes a new SECRET_KEY every 15 s: everybody is signed out again and again; a weekly mail that cannot be sent, and fails all the time, is harmless',
    inject: `
      cat $secrets >>$dotenv; sed -i '/^SECRET_KEY=/d; /^JWT_SECRET=/d' $secrets
      printf '%s\\n' '#!/bin/sh' '# A new key for sessions; gunicorn makes a worker that knows it.' 'set -e' 'sed -i "s/^SECRET_KEY=.*/SECRET_KEY=$(openssl rand -hex 32)/" /opt/debvisor/web/panel/.env' 'systemctl kill -s HUP --kill-whom=main debvisor-panel' >/usr/local/sbin/rotate-panel-secrets; chmod 755 /usr/local/sbin/rotate-panel-secrets
      printf '[Unit]\\nDescription=New key for the sessions of the panel\\n\\n[Service]\\nType=oneshot\\nExecStart=/usr/local/sbin/rotate-panel-secrets\\n' >/etc/systemd/system/rotate-panel-secrets.service
      printf '[Unit]\\nDescription=New key for the sessions of the panel\\n\\n[Timer]\\nOnCalendar=*-*-* *:*:00/15\\nAccuracySec=1s\\n\\n[Install]\\nWantedBy=timers.target\\n' >/etc/systemd/system/rotate-panel-secrets.timer
      printf '[Unit]\\nDescription=Figures of the week by mail\\nStartLimitIntervalSec=0\\n\\n[Service]\\nRestart=always\\nRestartSec=3\\nExecStart=/usr/bin/curl -sSf -m 2 smtp://198.18.0.94 --mail-from panel@example.com --mail-rcpt team@example.com -T /etc/hostname\\n' >/etc/systemd/system/weekly-mail.service
      systemctl daemon-reload; systemctl enable -q --now weekly-mail; restart panel; ${alive} browser stats '' $direct; done; systemctl enable -q --now rotate-panel-secrets.timer; ${visits('/dashboard/')}`,
    probe: `
      browser login '' $direct >/dev/null || exit 1; cookie=$(cat /root/.panel-cookie); code() { curl -sk -m 8 -o /dev/null -w '%{http_code}' -H "Host: $name" -H "Cookie: $cookie" $direct/api/stats; }
      [ "$(code)" = 200 ] || exit 1; for n in $(seq 22); do [ "$(code)" = 401 ] && [ "$(unit panel ActiveState)" = active ] && [ "$(systemctl show -P NRestarts weekly-mail)" -ge 2 ] && exit 0; sleep 1; done; exit 1`,
    within: 60,
    expect: [[/rotate-panel-secrets|SECRET_KEY/]],
    mustNotClaim: [databaseDown, panelDown, nginxDown, /weekly-mail/],
    object: /rotate-panel-secrets/,
  },
]

export const fourthBlindFaults: readonly Omit<Fault, 'platform' | 'kind'>[] = [...faults, ...lookAlikes].map(
  withReader,
)

export const fourthBlindPairs: readonly Omit<Fault, 'platform' | 'kind'>[] = [
  {
    id: 'blind5-pair-clients-and-old-address',
    topic: 'service',
    cause:
      'queue-worker holds all twelve connections that maxclients of Redis, the cache, allows; /etc/hosts gives rpc.internal, which RPC_HOST names, the address of the server that was given up',
    inject: `
      echo 'maxclients 12' >>/etc/redis/redis.conf; systemctl enable -q --now redis-server; for n in $(seq 20); do [ "$(redis-cli ping)" = PONG ] && break; sleep 0.3; done
      echo '198.18.0.70 rpc.internal' >>/etc/hosts; printf 'REDIS_URL=redis://127.0.0.1:6379/0\\nRPC_HOST=rpc.internal\\n' >>$dotenv
      background queue-worker --uid=nobody python3 -c "
import socket, time
held = []
while True:
    try:
        one = socket.create_connection(('127.0.0.1', 6379)); one.sendall(b'PING\\r\\n'); one.settimeout(2)
        if one.recv(64).startswith(b'+PONG'): held.append(one)
        else: time.sleep(2)
    except OSError: time.sleep(2)"
      for n in $(seq 30); do redis-cli ping 2>&1 | grep -q 'max number' && break; sleep 0.3; done; restart panel; ${alive} browser stats '' $direct; browser nodes '' $direct; done`,
    probe: `[ "$(browser stats '' $direct)" = 500 ] && [ "$(browser nodes '' $direct)" = 502 ] && panel_log 'max number of clients' && panel_log 'rpc.internal:7443' && [ "$(unit rpcd ActiveState)" = active ]`,
    within: 40,
    expect: [
      [/maxclients|queue-worker|max(imum)? number of clients/i],
      [/rpc\.internal|198\.18\.0\.70|RPC_HOST/],
    ],
    mustNotClaim: [databaseDown, panelDown, nginxDown, /redis.* (is down|stopped|not running)/i],
    object: [/maxclients|redis\.conf|queue-worker/, /RPC_HOST|etc\/hosts|rpc\.internal/],
  },
]

/** Odd, and nothing is wrong. */
export const fourthBlindHealthyHosts: readonly Omit<Fault, 'platform' | 'kind' | 'expect'>[] = [
  {
    id: 'blind5-healthy-renewed',
    topic: 'service',
    cause:
      'the certificate of the site was renewed and nginx not reloaded, but the one that it shows is good for months; DATABASE_URL names the driver; Redis is the cache, with an append-only file, and allows forty clients; a trailing piece of that file was cut off at its last start',
    inject: `
      issue panel serverAuth DNS:panel.debvisor.local,DNS:localhost,IP:127.0.0.1 -days 365
      printf 'appendonly yes\\nmaxclients 40\\n' >>/etc/redis/redis.conf; systemctl enable -q --now redis-server; for n in $(seq 20); do [ "$(redis-cli ping)" = PONG ] && break; sleep 0.3; done
      for n in $(seq 50); do echo "SET panel:known:$n $n"; done | redis-cli >/dev/null; systemctl stop redis-server; file=$(ls /var/lib/redis/appendonlydir/*.incr.aof | head -1); truncate -s -7 "$file"; systemctl start redis-server
      echo 'REDIS_URL=redis://127.0.0.1:6379/0' >>$dotenv; unit_edit panel 's|DATABASE_URL=postgresql://|DATABASE_URL=postgresql+psycopg2://|'`,
    probe: `browser all && [ "$(trusted)" = 0 ] && [ "$(ask $direct/health/ready)" = 200 ] && ready | grep -q redis && [ "$(redis-cli config get appendonly | tail -1)" = yes ] && grep -q 'psycopg2://' $panel_unit`,
    within: 40,
  },
  {
    id: 'blind5-healthy-grown',
    topic: 'db',
    cause:
      'alerts has 20,000 old rows and metrics an imported history, with the sequence set behind it; nginx keeps files open for some seconds; the secrets stand in .env, and a timer makes them anew each year',
    inject: `
      sql "INSERT INTO alerts (severity, title, raised_at, acknowledged_by) SELECT 'info', 'node' || 1 + n % 8 || ': a disk was replaced', now() - n * interval '40 minutes' - interval '1 day', 'operator' FROM generate_series(1, 20000) AS n"
      sql "INSERT INTO metrics (id, node_id, taken_at, cpu, memory) SELECT 40000000 + n, 1 + n % 8, now() - interval '400 days' + n * interval '10 minutes', n % 80, n % 60 FROM generate_series(1, 3000) AS n; SELECT setval('metrics_id_seq', 40003000)" >/dev/null
      sed -i '/^http {/a\\    open_file_cache max=2000 inactive=20s;\\n    open_file_cache_valid 5s;' /etc/nginx/nginx.conf; systemctl reload nginx
      cat $secrets >>$dotenv; sed -i '/^SECRET_KEY=/d; /^JWT_SECRET=/d' $secrets
      printf '%s\\n' '#!/bin/sh' 'set -e' 'sed -i "s/^SECRET_KEY=.*/SECRET_KEY=$(openssl rand -hex 32)/" /opt/debvisor/web/panel/.env' 'systemctl restart debvisor-panel' >/usr/local/sbin/rotate-panel-secrets; chmod 755 /usr/local/sbin/rotate-panel-secrets
      printf '[Unit]\\nDescription=New key for the sessions of the panel\\n\\n[Service]\\nType=oneshot\\nExecStart=/usr/local/sbin/rotate-panel-secrets\\n' >/etc/systemd/system/rotate-panel-secrets.service
      printf '[Unit]\\nDescription=New key for the sessions of the panel\\n\\n[Timer]\\nOnCalendar=*-01-02 03:40:00\\n\\n[Install]\\nWantedBy=timers.target\\n' >/etc/systemd/system/rotate-panel-secrets.timer
      systemctl daemon-reload; systemctl enable -q --now rotate-panel-secrets.timer
      restart panel`,
    probe: `browser all && [ "$(ask $direct/health/ready)" = 200 ] && [ "$(ask $front/static/dashboard.js)" = 200 ] && [ "$(sql 'SELECT count(*) > 20000 FROM alerts')" = t ] && ! grep -q ^SECRET_KEY $secrets && [ "$(sql "SELECT max(id) FROM metrics WHERE taken_at > now() - interval '10 seconds'")" -gt 40003000 ]`,
    within: 40,
  },
]
