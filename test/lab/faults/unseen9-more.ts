import { type Fault, fine } from './fault.ts'
import { databaseDown, databaseLog, front, nginxDown, platformDown, told, visits } from './unseen9.ts'

type Unseen<Given extends keyof Fault> = readonly Omit<Fault, Given | 'unseen'>[]

const polling = `${front}/socket.io/?EIO=4&transport=polling`

/** The number of a polling session that is opened now. */
const session = (url: string): string =>
  `$(curl -s -m 3 "${url}/socket.io/?EIO=4&transport=polling" | sed 's/.*"sid":"//; s/".*//')`

/** Something loud that is harmless, beside a quiet cause. */
const lookAlikes: Unseen<'kind'> = [
  {
    id: 'ninth-alike-relay-and-whole-numbers',
    topic: 'db',
    cause:
      'a migration made metrics.cpu an integer: each load is rounded to a whole number, and what the dashboard shows is wrong; uplink-relay, unrelated, fails again and again',
    inject: `
      printf '[Unit]\\nDescription=Relay to the old monitoring\\n\\n[Service]\\nRestart=always\\nRestartSec=2\\nExecStart=/usr/bin/curl -sSf -m 2 http://198.18.0.90:9092/metrics\\n' >/etc/systemd/system/uplink-relay.service; systemctl daemon-reload; systemctl enable -q --now uplink-relay
      sql 'SET ROLE debvisor; ALTER TABLE metrics ALTER cpu TYPE integer'; ${visits(`${front}/api/v1/metrics?host=1`, `${front}/api/v1/touch?host=2`)}`,
    probe: `curl -s -m 3 "$front/api/v1/metrics?host=1" | grep -qE '"cpu": [0-9]+,' && [ "$(api)" = 200 ] && [ "$(systemctl show -P NRestarts uplink-relay)" -ge 2 ] && [ "$(sql "SELECT count(*) >= 16 FROM metrics WHERE taken_at > now() - interval '30 seconds'")" = t ]`,
    within: 30,
    expect: [[/metrics/i, /\bcpu\b/i, /integer|\btype\b|round|whole/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /uplink-relay/],
    object: /\bmetrics\b/,
  },
  {
    id: 'ninth-alike-package-and-shared-session',
    topic: 'websocket',
    cause:
      'nginx keeps the answer that opens a session of the polling transport for 30 s: all browsers of that time get the same session; a package that is half installed, and strangers who try SSH, are harmless',
    inject: `
      install -d /var/tmp/agent/DEBIAN; printf 'Package: asset-agent\\nVersion: 3.1\\nArchitecture: all\\nMaintainer: Operations <ops@example.com>\\nDescription: Tells the inventory what is installed\\n' >/var/tmp/agent/DEBIAN/control
      printf '#!/bin/sh\\necho "asset-agent: no server is configured" >&2\\nexit 1\\n' >/var/tmp/agent/DEBIAN/postinst; chmod 755 /var/tmp/agent/DEBIAN/postinst; dpkg-deb -b /var/tmp/agent /var/tmp/agent.deb >/dev/null; dpkg -i /var/tmp/agent.deb >/dev/null 2>&1; rm -r /var/tmp/agent /var/tmp/agent.deb
      for n in $(seq 60); do printf 'Invalid user admin%s from 203.0.113.77 port 4%04d\\n' $n $n; done | logger -p auth.info -t sshd
      printf 'proxy_cache_path /var/lib/nginx/openings keys_zone=openings:1m inactive=10m;\\n' >/etc/nginx/conf.d/openings.conf
      site_edit '/location .socket.io/a\\        proxy_cache openings;\\n        proxy_buffering on;\\n        proxy_cache_valid 200 30s;'; sed -i '/proxy_buffering off/d' $site; systemctl reload nginx; ${visits(polling)}`,
    probe: `one=${session('$front')} two=${session('$front')}; [ -n "$one" ] && [ "$one" = "$two" ] && [ "$(handshake $front "$no_header")" = 101 ] && dpkg -s asset-agent | grep -q half-configured`,
    within: 20,
    expect: [[/proxy_cache|\bcach|openings/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /asset-agent|dpkg|ssh/i],
    object: /proxy_cache|openings/,
  },
]

const pairs: Unseen<'kind'> = [
  {
    id: 'ninth-pair-group-and-empty-folders',
    topic: 'service',
    cause:
      'SupplementaryGroups of a drop-in names a group that does not exist; a copy of the data directory left out its empty folders, pg_notify and others: PostgreSQL was restarted and does not start',
    inject: `
      systemctl stop $pg_unit; cd /var/lib/postgresql/15/main && rm -rf pg_notify pg_twophase pg_serial pg_snapshots; cd /; pg_restart
      printf '[Service]\\nSupplementaryGroups=inventory-readers\\n' | drop_in debvisor.service; restart; ${visits(`${front}/`)}`,
    probe: `[ "$(unit ActiveState)" != active ] && journalctl -q -u debvisor -n 40 -o cat | grep -q 216/GROUP && pg_lsclusters -h | grep -q down && ${told('could not open directory "pg_notify"', databaseLog, 1)}`,
    within: 20,
    expect: [
      [/inventory-readers|SupplementaryGroups|216\/GROUP/],
      [/pg_notify|pg_twophase|pg_serial|pg_snapshots/],
    ],
    mustNotClaim: [nginxDown],
    object: [
      /SupplementaryGroups|inventory-readers|debvisor\.service\.d/,
      /pg_notify|pg_twophase|pg_serial|pg_snapshots/,
    ],
  },
  {
    id: 'ninth-pair-database-tasks-and-method',
    topic: 'db',
    cause:
      'TasksMax=6 of a drop-in leaves PostgreSQL no process for a new session; proxy_method of nginx makes HEAD of each request, which the platform does not know: 501',
    inject: `
      printf '# Six processes, as ps shows.\\n[Service]\\nTasksMax=6\\n' | drop_in $pg_unit.service; restart
      site_edit '/location \\/ {/a\\        proxy_method HEAD;'; ${visits(`${front}/`, 'http://127.0.0.1:8080/api/v1/hosts')}`,
    probe: `[ "$(status $front/ 5)" = 501 ] && [ "$(status $direct/ 5)" = 200 ] && [ "$(status $direct/api/v1/hosts 9)" = 500 ] && ${told('could not fork new process', databaseLog)}`,
    within: 30,
    expect: [
      [/TasksMax|could not fork|task limit|limit (of|on) (tasks|processes)/i],
      [/proxy_method|\bHEAD\b|\b501\b/],
    ],
    mustNotClaim: [databaseDown, platformDown, nginxDown],
    object: [/TasksMax|postgresql@.*\.service\.d/, /proxy_method/],
  },
]

export const ninthUnseenPairs: Unseen<'kind'> = [...lookAlikes, ...pairs]

/** Unusual, and well. */
export const ninthUnseenHealthyHosts: Unseen<'kind' | 'expect'> = [
  {
    id: 'ninth-healthy-preload-note',
    topic: 'service',
    cause:
      'ld.so.preload names a library that is gone, so that each program says on stderr that it ignores it; the platform has its output in a file of its own, compiled copies of its code that are not compared with the source, and ports from 1000 on are free for all',
    inject: `
      printf 'net.ipv4.ip_unprivileged_port_start = 1000\\n' >/etc/sysctl.d/70-ports.conf; sysctl -qp /etc/sysctl.d/70-ports.conf
      python3 -m compileall -q -f --invalidation-mode unchecked-hash /opt/debvisor/debvisor; chown -R debvisor:debvisor /opt/debvisor/debvisor/__pycache__
      install -d -o debvisor -g adm -m 750 /srv/logs/debvisor; printf '[Service]\\nStandardOutput=append:/srv/logs/debvisor/console.log\\nSupplementaryGroups=adm\\nTasksMax=200\\n' | drop_in debvisor.service
      echo /usr/lib/libsnoopy-audit.so >/etc/ld.so.preload; restart; ${visits(`${front}/`, `${front}/api/v1/hosts`)}`,
    probe: `${fine} && ls / 2>&1 | grep -q 'cannot be preloaded' && [ "$(unit ActiveState)" = active ] && [ "$(sql "SELECT max(taken_at) > now() - interval '12 seconds' FROM metrics" 2>/dev/null)" = t ]`,
    within: 25,
  },
  {
    id: 'ninth-healthy-archived',
    topic: 'db',
    cause:
      'WAL is archived, which failed until the folder was there; pg_ctl.conf has options; a scheduler holds 300 advisory locks, as it is built; nginx has a page of excuses for when the platform is away, a rule against old browsers, and a cache of its own for the script',
    inject: `
      sed -i "s|^pg_ctl_options.*|pg_ctl_options = '-t 120 -o -cmax_connections=120'|" /etc/postgresql/15/main/pg_ctl.conf; pg_setting 'archive_mode = on'; pg_setting "archive_command = 'cp %p /srv/wal/%f'"; pg_restart
      sql 'SELECT txid_current(), pg_switch_wal()' >/dev/null; for n in $(seq 30); do [ "$(sql 'SELECT failed_count > 0 FROM pg_stat_archiver')" = t ] && break; sleep 0.5; done
      install -d -o postgres -g postgres -m 700 /srv/wal; sql 'SELECT txid_current(), pg_switch_wal()' >/dev/null
      background job-scheduler runuser -u postgres -- env PGAPPNAME=job-scheduler psql -Xq -d debvisor -o /dev/null -c 'SELECT pg_advisory_lock(n) FROM generate_series(1, 300) AS n' -c 'SELECT pg_sleep(500)'
      printf 'proxy_cache_path /var/lib/nginx/scripts keys_zone=scripts:1m;\\nupstream platform {\\n    server 127.0.0.1:8080 max_fails=3 fail_timeout=2s;\\n    server 127.0.0.1:8090 backup;\\n}\\n\\nserver {\\n    listen 127.0.0.1:8090;\\n    access_log off;\\n    return 503 "We are back soon";\\n}\\n' >/etc/nginx/conf.d/platform.conf
      sed -i 's|http://127.0.0.1:8080|http://platform|; /location .socket.io/i\\    # Too old for the dashboard.\\n    if ($http_user_agent ~ "MSIE [0-9]") {\\n        return 403;\\n    }\\n\\n    location = /socket.io/socket.io.js {\\n        proxy_pass http://platform;\\n        proxy_cache scripts;\\n        proxy_cache_valid 200 1m;\\n    }\\n' $site; systemctl reload nginx; restart; ${visits(`${front}/`, `${front}/api/v1/hosts`, `${front}/socket.io/socket.io.js`)}`,
    probe: `${fine} && [ "$(status $front/socket.io/socket.io.js 3)" = 200 ] && [ "$(sql 'SELECT archived_count > 0 AND failed_count > 0 FROM pg_stat_archiver')" = t ] && [ "$(sql "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")" = 300 ] && [ "$(status "$front/api/v1/touch?host=2" 3)" = 200 ] && [ "$(tail -40 /var/log/postgresql/*.log | grep -c 'archive command failed')" -ge 1 ]`,
    within: 80,
  },
]
