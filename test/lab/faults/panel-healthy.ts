import type { Fault } from './fault.ts'

/** No part of a healthy host's way to be: its unit, ports, database or front are not those of the image. */
export const panelHealthyHosts: readonly Omit<Fault, 'kind' | 'expect' | 'platform'>[] = [
  {
    id: 'panel-healthy-other-unit',
    topic: 'service',
    cause: 'the panel’s unit is called debvisor-web',
    inject: `systemctl -q disable --now debvisor-panel; mv $panel_unit /etc/systemd/system/debvisor-web.service
      systemctl daemon-reload; systemctl -q enable --now debvisor-web`,
    probe: `systemctl is-active -q debvisor-web && browser all`,
  },
  {
    id: 'panel-healthy-other-ports',
    topic: 'service',
    cause: 'panel, daemon and database have ports of their own',
    inject: `sed -i 's/0.0.0.0:8443/127.0.0.1:9444/; s/:5432/:5433/' $panel_unit; sed -i 's/:8443/:9444/' $site
      sed -i 's/7443/50051/' /etc/debvisor/rpc/config.json $dotenv
      sed -i 's/^port = 5432/port = 5433/' /etc/postgresql/17/main/postgresql.conf
      pg_restart; systemctl daemon-reload; restart rpcd; restart panel; systemctl reload nginx`,
    probe: `ss -Hltn sport = :9444 | grep -q 127.0.0.1 && browser all`,
  },
  {
    id: 'panel-healthy-no-nginx',
    topic: 'websocket',
    cause: 'there is no nginx: the panel serves 443 itself',
    inject: `apt-get -qq -y purge nginx nginx-common >/dev/null 2>&1; rm -r /etc/nginx
      printf '[Service]\\nAmbientCapabilities=CAP_NET_BIND_SERVICE\\n' | drop_in debvisor-panel.service
      unit_edit panel 's/0.0.0.0:8443/0.0.0.0:443/'`,
    probe: `! command -v nginx && browser all`,
  },
  {
    id: 'panel-healthy-sqlite',
    topic: 'db',
    cause: 'the database is a file of SQLite; PostgreSQL is not installed',
    inject: `apt-get -qq -y purge postgresql-17 postgresql-common postgresql-client-17 postgresql-client-common >/dev/null 2>&1
      sed -i 's#^Environment=DATABASE_URL=.*#Environment=DATABASE_URL=sqlite:////var/lib/debvisor/panel/panel.db#; s#^ReadWritePaths=.*#& /var/lib/debvisor/panel#' $panel_unit
      (cd $app && DATABASE_URL=sqlite:////var/lib/debvisor/panel/panel.db runuser -u www-data -- python3 migrate.py operator "$panel_password")
      systemctl daemon-reload; restart panel`,
    probe: `[ -s /var/lib/debvisor/panel/panel.db ] && ! command -v psql && browser all`,
    short: true,
  },
  {
    id: 'panel-healthy-plain-http',
    topic: 'websocket',
    cause: 'only nginx speaks TLS; the panel has plain HTTP on the loopback',
    inject: `sed -i 's/0.0.0.0:8443/127.0.0.1:8000/; s#--certfile [^ ]* --keyfile [^ ]* ##' $panel_unit
      sed -i 's/:8443/:8000/; s#https://debvisor_panel#http://debvisor_panel#' $site
      systemctl daemon-reload; restart panel; systemctl reload nginx`,
    probe: `[ "$(ask http://127.0.0.1:8000/health/ready)" = 200 ] && browser all`,
  },
  {
    id: 'panel-healthy-rpc-name',
    topic: 'service',
    cause: 'the daemon’s unit is called debvisor-rpc',
    inject: `systemctl -q disable --now debvisor-rpcd; mv $rpcd_unit /etc/systemd/system/debvisor-rpc.service
      sed -i 's/debvisor-rpcd/debvisor-rpc/' $panel_unit; systemctl daemon-reload; systemctl -q enable --now debvisor-rpc; restart panel`,
    probe: `systemctl is-active -q debvisor-rpc && browser all`,
  },
  {
    id: 'panel-healthy-redis',
    topic: 'service',
    cause: 'Redis keeps the answers for a second',
    inject: `systemctl -q enable --now redis-server; echo REDIS_URL=redis://localhost:6379/0 >>$secrets; restart panel`,
    probe: `ready | grep -q '"redis":{"healthy":true' && browser all`,
  },
  {
    id: 'panel-healthy-dotenv',
    topic: 'db',
    cause: 'all settings stand in .env of the working directory',
    inject: `sed -n 's/^Environment=//p' $panel_unit >>$dotenv; grep = $secrets >>$dotenv; rm $secrets
      unit_edit panel '/^Environment/d'`,
    probe: `[ ! -e $secrets ] && ! systemctl cat debvisor-panel | grep -q DATABASE_URL && browser all`,
  },
  {
    id: 'panel-healthy-four-workers',
    topic: 'websocket',
    cause: 'four workers, and Flask-SocketIO is not installed: the dashboard polls',
    inject: `apt-get -qq -y purge python3-flask-socketio >/dev/null 2>&1
      sed -i 's/DB_POOL_SIZE=20/DB_POOL_SIZE=5/; s/DB_MAX_OVERFLOW=10/DB_MAX_OVERFLOW=5/' $dotenv
      unit_edit panel 's/--workers 1 --threads 64 --worker-class gthread/--workers 4/'`,
    probe: `[ "$(pgrep -cf bin/gunicorn)" = 5 ] && [ "$(ask $front/socket.io/)" = 404 ] && [ "$(browser stats)$(browser alerts)$(browser nodes)" = 200200200 ]`,
  },
  {
    id: 'panel-healthy-socket-file',
    topic: 'db',
    cause: 'the panel reaches PostgreSQL by its socket file, and PostgreSQL has no port',
    inject: `sed -i 's#@localhost:5432/debvisor#@/debvisor?host=/var/run/postgresql#' $panel_unit
      sed -i '1i local debvisor debvisor scram-sha-256' $hba; pg_setting "listen_addresses = ''"
      pg_restart; systemctl daemon-reload; restart panel`,
    probe: `[ -z "$(ss -Hltn sport = :5432)" ] && browser all`,
  },
  {
    id: 'panel-healthy-two-addresses',
    topic: 'websocket',
    cause: 'nginx asks localhost, whose first address nobody serves, and takes the second',
    inject: `site_edit 's/server 127.0.0.1:8443/server localhost:8443/'; sleep 1; for n in 1 2 3 4; do ask $front/auth/login; done`,
    probe: `grep -q '\\[::1\\]:8443' /var/log/nginx/debvisor-panel-error.log && browser all`,
  },
  {
    id: 'panel-healthy-restarted',
    topic: 'service',
    cause: 'the panel was away for a moment; the logs still tell of it',
    inject: `systemctl stop debvisor-panel; ask $front/api/stats; ask $front/auth/login
      printf '[2025-02-01 03:00:00 +0000] [812] [CRITICAL] WORKER TIMEOUT (pid:815)\\n' >>/var/log/debvisor/panel-error.log; systemctl start debvisor-panel; sleep 2`,
    probe: `grep -q 'Connection refused' /var/log/nginx/debvisor-panel-error.log && browser all`,
  },
]
