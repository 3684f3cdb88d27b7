import { type Fault, fine } from './fault.ts'
import { databaseDown, databaseLog, front, nginxDown, platformDown, told, visits } from './unseen9.ts'
import { forwarder, oldRelease, standby } from './unseen10.ts'

type Unseen<Given extends keyof Fault> = readonly Omit<Fault, Given | 'unseen'>[]

/** A unit of type oneshot and a timer of the same name. */
const timer = (name: string, about: string, script: string, every: string): string => `
      install -m 755 /dev/null /usr/local/sbin/${name}; printf '%s\\n' '#!/bin/sh' ${script} >/usr/local/sbin/${name}
      printf '[Unit]\\nDescription=${about}\\n\\n[Service]\\nType=oneshot\\nExecStart=/usr/local/sbin/${name}\\n' >/etc/systemd/system/${name}.service
      printf '[Unit]\\nDescription=${about}\\n\\n[Timer]\\nOnActiveSec=1s\\nOnUnitInactiveSec=${every}\\nAccuracySec=100ms\\n\\n[Install]\\nWantedBy=timers.target\\n' >/etc/systemd/system/${name}.timer
      systemctl daemon-reload; systemctl enable -q --now ${name}.timer`

/** Something loud that is harmless, beside a quiet cause. */
const lookAlikes: Unseen<'kind'> = [
  {
    id: 'tenth-alike-offsite-and-emptied-hosts',
    topic: 'db',
    cause:
      'inventory-import empties the table hosts before it reads its file, and the file was not there this time: the list of hosts is empty, and so are the metrics; an offsite copy that fails every few seconds, to a server given up long ago, is harmless',
    inject: `
      ${timer('offsite-copy', 'Copy of the handbook to the other site', `'exec curl -sSf -m 2 -T /etc/hostname http://198.18.0.91:8080/handbook/'`, '3s')}
      printf '%s\\n' '#!/bin/sh' 'set -e' 'psql -Xq -d debvisor -c "TRUNCATE hosts CASCADE"' 'psql -Xq -d debvisor -c "COPY hosts (name, state) FROM STDIN CSV" </srv/import/hosts.csv' >/usr/local/bin/inventory-import; chmod 755 /usr/local/bin/inventory-import; install -d /srv/import
      printf '[Unit]\\nDescription=Hosts of the inventory\\n\\n[Service]\\nType=oneshot\\nUser=postgres\\nExecStart=/usr/local/bin/inventory-import\\n' >/etc/systemd/system/inventory-import.service; systemctl daemon-reload; systemctl start inventory-import 2>/dev/null
      ${visits(`${front}/api/v1/hosts`, `${front}/api/v1/metrics?host=1`)}`,
    probe: `[ "$(curl -s -m 4 $front/api/v1/hosts)" = '[]' ] && [ "$(api)" = 200 ] && [ "$(journalctl -q -u offsite-copy -o cat | grep -c Failed)" -ge 2 ]`,
    within: 30,
    expect: [[/\bhosts\b|inventory-import/, /empty|no rows?\b|0 rows|truncat|inventory-import/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /offsite-copy/],
    object: /inventory-import|\bhosts\b/,
  },
  {
    id: 'tenth-alike-renewal-and-liveness',
    topic: 'service',
    cause:
      'hosts-liveness, a job of the monitoring, calls hosts down that were not seen for 15 seconds, and not minutes: nearly all are shown as down; a certificate of an old name that has expired, and its renewal that fails, are harmless',
    inject: `
      openssl req -quiet -x509 -newkey rsa:2048 -nodes -subj /CN=old-dashboard.example.com -keyout /etc/ssl/private/old-dashboard.key -out /etc/ssl/certs/old-dashboard.pem -days 1 2>/dev/null || openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=old-dashboard.example.com -keyout /etc/ssl/private/old-dashboard.key -out /etc/ssl/certs/old-dashboard.pem -days 1 2>/dev/null
      ${timer('renew-old-dashboard', 'Certificate of the old name', `'echo "renewal of old-dashboard.example.com failed: DNS problem: NXDOMAIN looking up A for old-dashboard.example.com" >&2' 'exit 1'`, '4s')}
      ${timer('hosts-liveness', 'Which hosts are down', `'exec runuser -u postgres -- psql -Xq -d debvisor -c "UPDATE hosts SET state = CASE WHEN seen_at > now() - interval \\$\\$15 s\\$\\$ THEN \\$\\$up\\$\\$ ELSE \\$\\$down\\$\\$ END"'`, '5s')}
      background poller sh -c 'for n in $(seq 500); do curl -s -o /dev/null -m 5 "${front}/api/v1/touch?host=$((n % 8 + 1))"; curl -s -o /dev/null -m 5 ${front}/api/v1/hosts; sleep 8; done'`,
    probe: `[ "$(curl -s -m 4 $front/api/v1/hosts | grep -o '"down"' | wc -l)" -ge 5 ] && [ "$(api)" = 200 ] && systemctl is-failed -q renew-old-dashboard && [ "$(systemctl show -P Result hosts-liveness)" = success ]`,
    within: 30,
    expect: [[/hosts-liveness/]],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /old-dashboard/],
    object: /hosts-liveness/,
  },
]

const pairs: Unseen<'kind'> = [
  {
    id: 'tenth-pair-log-folder-and-listen',
    topic: 'db',
    cause:
      'log_directory of postgresql.conf is /srv/pglog, which nobody made: with its logging_collector PostgreSQL does not start; the site of nginx listens on 8000 since a trial, and not on 80',
    inject: `
      pg_setting 'logging_collector = on'; pg_setting "log_directory = '/srv/pglog'   # for the weekly report"; pg_restart
      sed -i 's/listen 80 default_server/listen 8000 default_server/' $site; systemctl restart nginx; ${visits(`${front}/`, 'http://127.0.0.1:8080/api/v1/hosts')}`,
    probe: `[ "$(status $front/ 3)" = 000 ] && [ "$(status http://127.0.0.1:8000/ 3)" = 200 ] && [ "$(status $direct/api/v1/hosts 5)" = 500 ] && pg_lsclusters -h | grep -q down`,
    within: 25,
    expect: [
      [/log_directory|\/srv\/pglog|logging_collector/],
      [/\b8000\b|\blisten\b/i, /nginx|site|\b80\b/i],
    ],
    mustNotClaim: [platformDown, nginxDown],
    object: [/log_directory|pglog|logging_collector/, /8000|sites-available\/debvisor/],
  },
  {
    id: 'tenth-pair-share-and-other-major',
    topic: 'service',
    cause:
      'a drop-in binds the platform to the share /mnt/reports, which cannot be mounted since the NFS programs were removed; the data directory of PostgreSQL was restored from a server of version 14, and PostgreSQL 15 does not start with it',
    inject: `
      printf '[Unit]\\nDescription=Reports\\n\\n[Mount]\\nWhat=198.18.0.92:/reports\\nWhere=/mnt/reports\\nType=nfs\\n' >/etc/systemd/system/mnt-reports.mount
      printf '[Unit]\\nRequiresMountsFor=/mnt/reports/weekly\\n' | drop_in debvisor.service; restart
      systemctl stop $pg_unit; for file in $(cd /var/lib/postgresql/15/main && ls PG_VERSION base/*/PG_VERSION); do echo 14 >/var/lib/postgresql/15/main/$file; done; pg_restart; ${visits(`${front}/`)}`,
    probe: `[ "$(unit ActiveState)" != active ] && [ "$(status $front/ 3)" = 502 ] && systemctl is-failed -q mnt-reports.mount && pg_lsclusters -h | grep -q down && ${told('incompatible with server\\|not compatible with this version', databaseLog, 1)}`,
    within: 25,
    expect: [
      [/mnt[-/]reports|RequiresMountsFor/],
      [/PG_VERSION|version 14|incompatible|not compatible|PostgreSQL 14/i],
    ],
    mustNotClaim: [nginxDown],
    object: [/mnt[-/]reports|RequiresMountsFor/, /PG_VERSION/],
  },
]

export const tenthUnseenPairs: Unseen<'kind'> = [...lookAlikes, ...pairs]

/** Unusual, and well. */
export const tenthUnseenHealthyHosts: Unseen<'kind' | 'expect'> = [
  {
    id: 'tenth-healthy-replica',
    topic: 'db',
    cause:
      'a replica follows the database on the same host; the platform reaches the primary by a forwarder on 6432; a comment in the unit was changed and systemd not told; backup_label.old lies in the data directory since a restore',
    inject: `${standby}
      ${forwarder('127.0.0.1:5432')}
      printf 'START WAL LOCATION: 0/1000028 (file 000000010000000000000001)\\nLABEL: nightly\\nSTART TIMELINE: 1\\n' >/var/lib/postgresql/15/main/backup_label.old; chown postgres:postgres /var/lib/postgresql/15/main/backup_label.old
      printf '[Service]\\nLimitNPROC=600\\n' | drop_in debvisor.service; restart; sed -i '1i # Rolled out by the platform team.' /usr/lib/systemd/system/debvisor.service; ${visits(`${front}/`, `${front}/api/v1/hosts`, `${front}/api/v1/touch?host=2`)}`,
    probe: `${fine} && [ "$(status "$front/api/v1/touch?host=3" 4)" = 200 ] && [ "$(unit NeedDaemonReload)" = yes ] && [ "$(sql 'SELECT count(*) FROM pg_stat_replication')" = 1 ] && systemctl is-active -q db-forward.service && [ "$(sql "SELECT max(taken_at) > now() - interval '12 seconds' FROM metrics")" = t ]`,
    within: 40,
  },
  {
    id: 'tenth-healthy-own-ways',
    topic: 'websocket',
    cause:
      'nginx.conf includes *.conf only, and the site is debvisor.conf, a file and no link; the release of before is kept, stopped; PostgreSQL writes its log into a folder of its own; hosts has 400 rows more',
    inject: `
      mv $site /etc/nginx/sites-enabled/debvisor.conf.new; rm /etc/nginx/sites-enabled/debvisor; mv /etc/nginx/sites-enabled/debvisor.conf.new /etc/nginx/sites-enabled/debvisor.conf
      sed -i 's|include /etc/nginx/sites-enabled/\\*;|include /etc/nginx/sites-enabled/*.conf;|' /etc/nginx/nginx.conf; systemctl restart nginx
      install -d -o postgres -g adm -m 750 /srv/pglog; pg_setting 'logging_collector = on'; pg_setting "log_directory = '/srv/pglog'"; pg_setting 'log_file_mode = 0640'; pg_restart; for n in $(seq 30); do pg_isready -q -h localhost && break; sleep 0.3; done
      sql "SET ROLE debvisor; INSERT INTO hosts (name) SELECT 'branch-' || n FROM generate_series(1, 400) AS n"
      ${oldRelease}; restart; ${visits(`${front}/`, `${front}/api/v1/hosts`)}`,
    probe: `${fine} && [ "$(status $front/api/v1/hosts 4)" = 200 ] && ls /srv/pglog | grep -q log && ! systemctl is-active -q debvisor-2.3 && [ ! -e $site ] && [ "$(sql "SELECT max(taken_at) > now() - interval '12 seconds' FROM metrics")" = t ]`,
    within: 40,
  },
]
