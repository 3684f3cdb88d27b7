import type { Fault } from './fault.ts'

const oldErrors = `printf '2023-02-01 03:00:00,000 CRITICAL debvisor: cannot start: [Errno 98] cannot listen on 0.0.0.0:8080: Address already in use\\n' | cat - /var/log/debvisor/error.log >/tmp/log; cat /tmp/log >/var/log/debvisor/error.log; rm /tmp/log`
const unrelated = `printf '[Unit]\\nDescription=Fetch mirror list\\n[Service]\\nType=oneshot\\nExecStart=/bin/false\\n' >/etc/systemd/system/mirror-list.service; systemctl daemon-reload; systemctl start mirror-list 2>/dev/null || true`

/** Two faults, both to be named; or a fault beside something that is not the cause. */
export const pairs: readonly Omit<Fault, 'kind'>[] = [
  {
    id: 'pair-yaml-and-old-port-error',
    topic: 'service',
    cause: 'config.yaml line 4 lacks its colon; an old error about the port is in the log',
    inject: `${oldErrors}; sed -i 's/^  port: 8080/  port 8080/' $config; restart`,
    probe: `is_failed && ! debvisor-cli config validate`,
    expect: [[/config\.yaml/, /(:|line )4\b/]],
    mustNotClaim: [/8080.*(taken|in use|held)/i],
    short: true,
  },
  {
    id: 'pair-data-owner-and-failed-unit',
    topic: 'service',
    cause: 'the data directory belongs to root; an unrelated unit has failed',
    inject: `${unrelated}; chown -R root:root /var/lib/debvisor; restart`,
    probe: `is_failed && systemctl is-failed -q mirror-list`,
    expect: [[/\/var\/lib\/debvisor/, /own|permission/i]],
    mustNotClaim: [/mirror-list/],
  },
  {
    id: 'pair-password-and-failed-unit',
    topic: 'db',
    cause: 'the password is wrong; an unrelated unit has failed',
    inject: `${unrelated}; sed -i 's/^DATABASE_PASSWORD=.*/DATABASE_PASSWORD=changed-by-hand/' /opt/debvisor/.env; restart`,
    probe: `[ "$(api)" = 500 ] && systemctl is-failed -q mirror-list`,
    expect: [[/password/i, /debvisor/]],
    mustNotClaim: [/mirror-list/, /PostgreSQL is down/i],
  },
  {
    id: 'pair-upgrade-and-origin',
    topic: 'websocket',
    cause: 'nginx does not forward Upgrade; the platform accepts another origin only',
    inject: `sed -i 's|    - same|    - https://debvisor.example.com|' $config; restart; for n in 1 2 3; do handshake $front "Origin: $front"; done; site_edit '/Upgrade/d; /Connection/d'`,
    probe: `[ "$(handshake $direct "Origin: $direct")" = 400 ] && [ "$(handshake $front "$no_header")" != 101 ]`,
    expect: [[/upgrade/i], [/origin/i]],
  },
  {
    id: 'pair-port-and-database',
    topic: 'service',
    cause: 'another program listens on 8080; PostgreSQL is stopped as well',
    inject: `systemctl stop debvisor; background metrics-exporter python3 -m http.server 8080; sleep 1; restart; systemctl stop postgresql@15-main`,
    probe: `is_failed && pg_lsclusters -h | grep -q down`,
    expect: [
      [/8080/, /python3|metrics-exporter/],
      [/postgres|15.main/i, /down|stopped|not running|inactive/i],
    ],
  },
  {
    id: 'pair-nearly-full-and-hog',
    topic: 'performance',
    cause: 'the data disk is 96 % full; a report keeps the CPUs busy',
    inject: `fallocate -l 238M /var/lib/debvisor/export-2023.tar; for n in 1 2; do background report-export-$n nice -n 5 python3 -c 'while True: pass'; done; sleep 3`,
    probe: `[ "$(df --output=pcent /var/lib/debvisor | tail -1 | tr -d ' %')" -ge 93 ] && pgrep -f 'while True: pass'`,
    expect: [
      [/\/var\/lib\/debvisor/, /9\d(\.\d+)? ?%/],
      [/python3|report-export/, /\bCPUs?\b/],
    ],
  },
  {
    id: 'pair-stopped-and-old-password-error',
    topic: 'db',
    cause: 'the cluster is stopped; the log has an old error about the password',
    inject: `printf '2023-02-01 03:00:00,000 ERROR debvisor.api: GET /api/v1/hosts failed\\npsycopg2.OperationalError: FATAL:  password authentication failed for user "debvisor"\\n' >>/var/log/debvisor/error.log; systemctl stop postgresql@15-main`,
    probe: `[ "$(api)" = 500 ] && pg_lsclusters -h | grep -q down`,
    expect: [[/15.main|postgres/i, /down|stopped|not running|inactive/i]],
    mustNotClaim: [/password/i],
  },
]
