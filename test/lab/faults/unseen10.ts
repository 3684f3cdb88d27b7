import type { Fault } from './fault.ts'
import { databaseDown, databaseLog, errors, front, nginxDown, platformDown, told, visits } from './unseen9.ts'

type Unseen<Given extends keyof Fault> = readonly Omit<Fault, Given | 'unseen'>[]

/** A standby of the cluster on the same host, which follows it, on 5433. */
export const standby = `
      v=$(ls /etc/postgresql | head -1); pg_createcluster $v replica -p 5433 >/dev/null; rm -rf /var/lib/postgresql/$v/replica
      runuser -u postgres -- pg_basebackup -R -c fast -D /var/lib/postgresql/$v/replica; systemctl start postgresql@$v-replica
      for n in $(seq 40); do pg_isready -q -h localhost -p 5433 && break; sleep 0.3; done`

/** db-forward of systemd: takes connections on 6432 and passes them to this address. */
export const forwarder = (to: string): string => `
      printf '[Unit]\\nDescription=Way to the database\\n\\n[Socket]\\nListenStream=127.0.0.1:6432\\n\\n[Install]\\nWantedBy=sockets.target\\n' >/etc/systemd/system/db-forward.socket
      printf '[Unit]\\nDescription=Way to the database\\nRequires=db-forward.socket\\nAfter=db-forward.socket\\n\\n[Service]\\nExecStart=/lib/systemd/systemd-socket-proxyd ${to}\\nPrivateTmp=yes\\n' >/etc/systemd/system/db-forward.service
      systemctl daemon-reload; systemctl enable -q --now db-forward.socket; sed -i 's/port: 5432/port: 6432/' $config; restart`

/** The release of before, beside the one that runs: its program, configuration and unit, not started. */
export const oldRelease = `
      cp -a /opt/debvisor /opt/debvisor-2.3; cd /opt/debvisor-2.3; rm -rf debvisor/__pycache__; sed -i 's/2\\.4\\.1/2.3.7/' debvisor/server.py bin/debvisor-cli package.json
      sed -i 's|/opt/debvisor|/opt/debvisor-2.3|' bin/debvisor-server debvisor/server.py; sed -i 's/collect(load1, 0)/collect(load1 * 100, 0)/' debvisor/server.py; cd /
      install -d -o debvisor -g debvisor -m 750 /var/lib/debvisor-2.3
      sed 's/port: 8080/port: 8082/; s|/var/lib/debvisor|&-2.3|; s|error\\.log|error-2.3.log|' $config >/etc/debvisor/config-2.3.yaml
      install -o debvisor -g adm -m 640 /dev/null /var/log/debvisor/error-2.3.log
      sed 's|^Description=.*|Description=DebVisor platform 2.3|; s|/opt/debvisor|&-2.3|g; s|config\\.yaml|config-2.3.yaml|' /usr/lib/systemd/system/debvisor.service >/etc/systemd/system/debvisor-2.3.service
      systemctl daemon-reload`

export const tenthUnseenFaults: Unseen<'kind'> = [
  {
    id: 'tenth-queued-migration',
    topic: 'db',
    cause:
      'a migration waits to alter the table hosts until capacity-notebook, which has read it and left its transaction open, is done: all who only want to read hosts queue behind the migration',
    inject: `
      background capacity-notebook runuser -u postgres -- python3 -c "
import psycopg2, time
link = psycopg2.connect('dbname=debvisor application_name=capacity-notebook')
link.cursor().execute('SELECT name, state FROM hosts')
time.sleep(530)"
      for n in $(seq 40); do [ "$(sql "SELECT count(*) FROM pg_locks WHERE relation = 'hosts'::regclass AND granted AND mode = 'AccessShareLock'")" -ge 1 ] && break; sleep 0.3; done
      background debvisor-migrate runuser -u postgres -- env PGAPPNAME=debvisor-migrate psql -Xq -d debvisor -c 'ALTER TABLE hosts ADD COLUMN rack text'
      ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(status $front/api/v1/hosts 4)" = 000 ] && [ "$(status $front/ 4)" = 200 ] && [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER TABLE hosts%'")" = 1 ]`,
    within: 25,
    expect: [[/capacity-notebook|debvisor-migrate|ALTER TABLE/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /pool_size/],
    object: /capacity-notebook|debvisor-migrate|ALTER TABLE/i,
  },
  {
    id: 'tenth-cleaned-wal',
    topic: 'db',
    cause:
      'somebody who needed space deleted the files of pg_wal as if they were logs: PostgreSQL finds no checkpoint and does not start',
    inject: `
      systemctl stop $pg_unit; rm -f /var/lib/postgresql/15/main/pg_wal/0000*; pg_restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(status $front/api/v1/hosts 5)" = 500 ] && pg_lsclusters -h | grep -q down && ${told('could not locate a valid checkpoint record', databaseLog, 1)}`,
    within: 25,
    expect: [
      [
        /pg_wal|\bWAL\b|write.ahead/i,
        /missing|gone|delet|remov|empty|lost|no (file|segment)|not there|has none/i,
      ],
    ],
    mustNotClaim: [platformDown, nginxDown, /archive_command|replication slot/i],
    object: /pg_wal/,
  },
  {
    id: 'tenth-backup-label',
    topic: 'db',
    cause:
      'backup_label of a nightly base backup lies in the data directory since somebody fetched files from it: PostgreSQL asks for the WAL of that night, and does not start',
    inject: `
      systemctl stop $pg_unit; printf 'START WAL LOCATION: 0/1A000028 (file 00000001000000000000001A)\\nCHECKPOINT LOCATION: 0/1A000060\\nBACKUP METHOD: streamed\\nBACKUP FROM: primary\\nSTART TIME: 2026-11-02 01:30:04 UTC\\nLABEL: nightly\\nSTART TIMELINE: 1\\n' >/var/lib/postgresql/15/main/backup_label
      chown postgres:postgres /var/lib/postgresql/15/main/backup_label; chmod 600 /var/lib/postgresql/15/main/backup_label; pg_restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(status $front/api/v1/hosts 5)" = 500 ] && pg_lsclusters -h | grep -q down && ${told('could not locate required checkpoint record', databaseLog, 1)}`,
    within: 25,
    expect: [[/backup_label/]],
    mustNotClaim: [platformDown, nginxDown, /disk .*full/i],
    object: /backup_label/,
  },
  {
    id: 'tenth-enabled-copy',
    topic: 'websocket',
    cause:
      'the platform was moved to 8085, in config.yaml and in sites-available; sites-enabled/debvisor is a copy and no link, and still passes to 8080',
    inject: `
      rm /etc/nginx/sites-enabled/debvisor; cp $site /etc/nginx/sites-enabled/debvisor
      sed -i 's/port: 8080/port: 8085/' $config; sed -i 's/127\\.0\\.0\\.1:8080/127.0.0.1:8085/' $site; restart; systemctl reload nginx; ${visits(`${front}/`, `${front}/api/v1/hosts`)}`,
    probe: `[ "$(status $front/ 4)" = 502 ] && [ "$(status http://127.0.0.1:8085/api/health 4)" = 200 ] && [ "$(unit ActiveState)" = active ]`,
    within: 15,
    expect: [[/sites-enabled/, /8080|8085|\bcopy|\blink\b|differ/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown],
    object: /sites-enabled\/debvisor/,
  },
  {
    id: 'tenth-include-pattern',
    topic: 'websocket',
    cause:
      'nginx.conf, which was rolled out anew, includes sites-enabled/*.conf, and the site is called debvisor: nginx runs and listens on no port',
    inject: `
      sed -i 's|include /etc/nginx/sites-enabled/\\*;|include /etc/nginx/sites-enabled/*.conf;|' /etc/nginx/nginx.conf; systemctl restart nginx; ${visits(`${front}/`)}`,
    probe: `[ "$(status $front/ 4)" = 000 ] && systemctl is-active -q nginx && [ "$(status $direct/api/health 4)" = 200 ] && nginx -t 2>/dev/null`,
    within: 15,
    expect: [[/sites-enabled/, /include|\*\.conf|nginx\.conf/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown],
    object: /sites-enabled|nginx\.conf/,
  },
  {
    id: 'tenth-unit-not-loaded',
    topic: 'service',
    cause:
      'a deployment moved the configuration to platform.yaml and wrote that into the unit, but stopped before daemon-reload: systemd still starts the platform with config.yaml, which is gone',
    inject: `
      sed -i 's|/etc/debvisor/config\\.yaml|/etc/debvisor/platform.yaml|' /usr/lib/systemd/system/debvisor.service; touch /usr/lib/systemd/system/debvisor.service
      mv $config /etc/debvisor/platform.yaml; restart; ${visits(`${front}/`)}`,
    probe: `[ "$(unit ActiveState)" != active ] && [ "$(unit NeedDaemonReload)" = yes ] && [ "$(status $front/ 4)" = 502 ]`,
    within: 20,
    expect: [[/daemon.reload|NeedDaemonReload|changed on disk|platform\.yaml|not (been )?(re)?loaded/i]],
    mustNotClaim: [databaseDown, nginxDown],
    object: /debvisor\.service|platform\.yaml/,
  },
  {
    id: 'tenth-encrypted-env',
    topic: 'db',
    cause:
      'configuration management copied .env as it lies in the repository, encrypted by Ansible Vault: it sets no variable, and the platform has no password for the database',
    inject: `
      { echo '$ANSIBLE_VAULT;1.1;AES256'; for n in $(seq 9); do printf 'line %s of .env' $n | sha512sum | cut -c1-80; done; } >/tmp/vaulted; cat /tmp/vaulted >$env_file; rm /tmp/vaulted; restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(status $front/api/v1/hosts 5)" = 500 ] && [ "$(unit ActiveState)" = active ] && ${told('no password supplied', errors)}`,
    within: 20,
    expect: [[/\.env\b/, /vault|encrypt|no variable|no line|DATABASE_PASSWORD|not set|lacks|missing/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /pg_hba/],
    object: /\.env\b|DATABASE_PASSWORD/,
  },
  {
    id: 'tenth-discovered-hosts',
    topic: 'performance',
    cause:
      'a network discovery wrote each address of a large net into hosts as a host of its own: 60,000 rows: the list is megabytes long, and each round of the collector stores 60,000 rows of metrics',
    inject: `
      sql "SET ROLE debvisor; INSERT INTO hosts (name, state) SELECT 'ip-10-' || (n >> 16) || '-' || ((n >> 8) & 255) || '-' || (n & 255), 'new' FROM generate_series(1, 60000) AS n"; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(curl -s -m 20 -o /dev/null -w '%{size_download}' $front/api/v1/hosts)" -gt 3000000 ] && [ "$(sql "SELECT count(*) > 60000 FROM metrics WHERE taken_at > now() - interval '60 seconds'")" = t ]`,
    within: 40,
    expect: [[/\bhosts\b/, /60[ ,.’']?0\d\d|rows|entries|ip-10|grown|bytes|\bMB\b/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /(no|missing|lost|lacks) .*index/i],
    object: /\bhosts\b/,
  },
  {
    id: 'tenth-old-release-collects',
    topic: 'service',
    cause:
      'the release of before, debvisor-2.3, was not stopped by the switch to the new one: its collector writes too, the load as per cent, so that the charts jump between two scales',
    inject: `${oldRelease}; systemctl enable -q --now debvisor-2.3; ${visits(`${front}/api/v1/metrics?host=1`)}`,
    probe: `[ "$(sql "SELECT count(*) >= 9 FROM metrics WHERE host_id = 1 AND taken_at > now() - interval '30 seconds'")" = t ] && curl -s -m 5 "$front/api/v1/metrics?host=1" | python3 -c 'import json, sys; seen = [one["cpu"] for one in json.load(sys.stdin)][:6]; sys.exit(not max(seen) > 30 * min(seen) > 0)'`,
    within: 60,
    expect: [[/debvisor-2\.3|config-2\.3/]],
    mustNotClaim: [databaseDown, platformDown, nginxDown],
    object: /debvisor-2\.3|config-2\.3/,
  },
  {
    id: 'tenth-forwarder-old-primary',
    topic: 'db',
    cause:
      'the database has moved to this host, but db-forward, by which the platform reaches it on 6432, still passes to the old server, 198.18.0.60, which is gone',
    inject: `${forwarder('198.18.0.60:5432')}; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(status $front/api/v1/hosts 12)" = 500 ] && [ "$(unit ActiveState)" = active ] && pg_isready -q -h localhost && ${told('timeout expired\\|closed the connection', errors)}`,
    within: 45,
    expect: [[/db-forward|198\.18\.0\.60/]],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /firewall|nftables/i],
    object: /db-forward|198\.18\.0\.60/,
  },
  {
    id: 'tenth-writes-to-replica',
    topic: 'db',
    cause:
      'config.yaml names 5433 since a switch-over that was called off: there is the replica, which may only be read, so that nothing can be stored',
    inject: `${standby}
      sed -i 's/port: 5432/port: 5433/' $config; restart; ${visits(`${front}/api/v1/touch?host=2`)}`,
    probe: `[ "$(status "$front/api/v1/touch?host=3" 5)" = 500 ] && [ "$(status $front/api/v1/hosts 5)" = 200 ] && ${told('read-only transaction', errors)} && [ "$(sql 'SELECT pg_is_in_recovery()')" = f ]`,
    within: 40,
    expect: [[/5433|\breplica\b/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown],
    object: /5433|database\.port|config\.yaml/,
  },
  {
    id: 'tenth-crowded-user',
    topic: 'performance',
    cause:
      'asset-import, which runs as the same user debvisor, leaves a process behind for each host that does not answer; LimitNPROC=120 of the platform counts them all: it can start no thread for a request any more',
    inject: `
      printf '[Service]\\nLimitNPROC=120\\n' | drop_in debvisor.service; restart
      background asset-import --uid=debvisor -p TasksMax=2000 python3 -c "
import subprocess, time
left = [subprocess.Popen(['sleep', '525']) for n in range(220)]
time.sleep(525)"
      ${visits(`${front}/`)}`,
    probe: `[ "$(status $front/ 4)" = 502 ] && [ "$(unit ActiveState)" = active ] && [ "$(journalctl -q -u debvisor -n 200 -o cat | grep -c "can't start new thread")" -ge 3 ]`,
    within: 25,
    expect: [[/asset-import|LimitNPROC/]],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /TasksMax/],
    object: /asset-import|LimitNPROC|debvisor\.service\.d/,
  },
]
