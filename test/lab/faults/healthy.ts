import { type Fault, fine } from './fault.ts'

/** Hosts that look odd and are well: any cause that is claimed is a false alarm. */
export const healthyHosts: readonly Omit<Fault, 'kind' | 'expect'>[] = [
  {
    id: 'healthy-failed-unit',
    topic: 'service',
    cause: 'an unrelated unit has failed',
    inject: `printf '[Unit]\\nDescription=Fetch mirror list\\n[Service]\\nType=oneshot\\nExecStart=/bin/false\\n' >/etc/systemd/system/mirror-list.service; systemctl daemon-reload; systemctl start mirror-list 2>/dev/null || true`,
    probe: `${fine} && systemctl is-failed -q mirror-list`,
    short: true,
  },
  {
    id: 'healthy-old-database-error',
    topic: 'db',
    cause: 'an error of last year is in the log',
    inject: `printf '2023-02-01 03:00:00,000 ERROR debvisor.api: GET /api/v1/hosts failed\\nTraceback (most recent call last):\\npsycopg2.OperationalError: connection to server at "localhost" (127.0.0.1), port 5432 failed: FATAL:  password authentication failed for user "debvisor"\\n' >>/var/log/debvisor/error.log`,
    probe: `${fine} && grep -q 'password authentication failed' /var/log/debvisor/error.log`,
    short: true,
  },
  {
    id: 'healthy-other-database-login',
    topic: 'db',
    cause: 'another program tries a wrong password; the platform is well',
    inject: `for n in 1 2 3 4; do PGPASSWORD=no psql -h localhost -U reporting -d postgres -c 'SELECT 1' 2>/dev/null || true; done`,
    probe: `${fine} && grep -q 'reporting' /var/log/postgresql/postgresql-15-main.log`,
  },
  {
    id: 'healthy-default-site',
    topic: 'websocket',
    cause: 'the default site of nginx is there; the platform’s has the host’s name',
    inject: `sed -i "s/listen 80 default_server/listen 80/; s/server_name _/server_name $(hostname) $(hostname -I | tr -d ' ') 127.0.0.1 localhost/" $site; ln -s /etc/nginx/sites-available/default /etc/nginx/sites-enabled/default; systemctl reload nginx; sleep 0.5`,
    probe: `${fine} && [ -e /etc/nginx/sites-enabled/default ]`,
  },
  {
    id: 'healthy-restarted',
    topic: 'service',
    cause: 'the platform was killed once and came back',
    inject: `kill -9 $(unit MainPID); sleep 3`,
    probe: `${fine} && [ "$(unit NRestarts)" = 1 ]`,
    within: 15,
  },
  {
    id: 'healthy-ended-spike',
    topic: 'performance',
    cause: 'a load spike that has ended',
    inject: `systemd-run -q --unit=logrotate-catchup -p RuntimeMaxSec=6 nice -n 5 python3 -c 'while True: pass'; sleep 8`,
    probe: `${fine} && ! systemctl is-active -q logrotate-catchup && [ -n "$(journalctl -q -u logrotate-catchup -n 1)" ]`,
  },
  {
    id: 'healthy-old-nginx-errors',
    topic: 'websocket',
    cause: 'nginx wrote errors while the platform was restarted',
    inject: `systemctl stop debvisor; api; handshake $front "$no_header"; systemctl start debvisor; sleep 1`,
    probe: `${fine} && grep -q 'Connection refused' /var/log/nginx/error.log`,
  },
  {
    id: 'healthy-idle-sessions',
    topic: 'db',
    cause: 'thirty idle sessions of another program, far from the limit',
    inject: `background bi-tool --uid=postgres python3 -c "
import psycopg2, time
held = [psycopg2.connect('dbname=postgres application_name=bi-tool') for n in range(30)]
time.sleep(500)
"
      sleep 2`,
    probe: `${fine} && [ "$(sql "SELECT count(*) >= 30 FROM pg_stat_activity WHERE application_name = 'bi-tool'")" = t ]`,
  },
  {
    id: 'healthy-seven-tenths',
    topic: 'performance',
    cause: 'the data disk is 70 % full',
    inject: `fallocate -l 175M /var/lib/debvisor/archive.tar`,
    probe: `${fine} && [ "$(df --output=pcent /var/lib/debvisor | tail -1 | tr -d ' %')" -ge 65 ]`,
  },
  {
    id: 'healthy-other-listener',
    topic: 'service',
    cause: 'another program listens on 8080 of another address; the platform has moved to 127.0.0.1',
    inject: `sed -i 's/host: 0.0.0.0/host: 127.0.0.1/' $config; restart; background metrics-exporter python3 -m http.server --bind "$(hostname -I | tr -d ' ')" 8080; sleep 1`,
    probe: `${fine} && [ "$(ss -Hltn sport = :8080 | wc -l)" = 2 ]`,
  },
]
