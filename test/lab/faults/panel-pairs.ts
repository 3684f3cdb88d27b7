import type { Fault } from './fault.ts'

/** Two causes on a panel host at the same time. */
export const panelPairs: readonly Omit<Fault, 'kind' | 'platform'>[] = [
  {
    id: 'panel-pair-daemon-and-database',
    topic: 'service',
    cause: 'the RPC daemon is stopped, and so is PostgreSQL',
    inject: `systemctl -q disable --now debvisor-rpcd; browser login; systemctl stop postgresql@17-main`,
    probe: `[ "$(browser nodes)" = 502 ] && [ "$(browser stats)" = 500 ]`,
    expect: [
      [/debvisor-rpcd/, /stopped|inactive|disabled|not running|dead/i],
      [/postgresql/i, /stopped|inactive|not running|down/i],
    ],
    object: [/debvisor-rpcd/, /postgresql/i],
  },
  {
    id: 'panel-pair-secret-and-front',
    topic: 'service',
    cause: 'SECRET_KEY is not set, and nginx is stopped',
    inject: `sed -i '/^SECRET_KEY=/d' $secrets; restart panel; systemctl stop nginx; sleep 1`,
    probe: `[ "$(ask $front/auth/login)" = 000 ] && [ "$(ask $direct/health/live)" != 200 ] && panel_log 'SECRET_KEY must be set'`,
    expect: [
      [/SECRET_KEY/, /must be set|missing|not set/i],
      [/nginx/, /stopped|inactive|not running/i],
    ],
    object: [/SECRET_KEY|\/etc\/default\/debvisor-panel/, /nginx/],
  },
  {
    id: 'panel-pair-both-certificates',
    topic: 'websocket',
    cause: 'the certificates of the site and of the daemon have expired',
    inject: `issue panel serverAuth DNS:$name,DNS:localhost,IP:127.0.0.1 $of_last_year
      issue rpc-server serverAuth DNS:localhost,IP:127.0.0.1 $of_last_year
      restart rpcd; restart panel; systemctl reload nginx; sleep 1`,
    probe: `[ "$(trusted)" = 60 ] && [ "$(browser nodes)" = 502 ]`,
    expect: [
      [/panel\.crt/, /expired/i],
      [/rpc-server\.crt/, /expired/i],
    ],
    object: [/panel\.crt/, /rpc-server\.crt/],
  },
  {
    id: 'panel-pair-workers-and-tokens',
    topic: 'websocket',
    cause: 'four workers do not know each other’s sessions, and without JWT_SECRET not each other’s tokens',
    inject: `sed -i '/^JWT_SECRET=/d' $secrets; unit_edit panel 's/--workers 1 /--workers 4 /'; sleep 2`,
    probe: `[ "$(browser stats)" = 200 ] && [ "$(at_once 4 websocket | grep -c '44/nodes')" -ge 1 ] && panel_log 'invalid token'`,
    within: 40,
    expect: [
      [/worker/i, /session|sticky|stickiness/i],
      [/JWT_SECRET/, /token|worker/i],
    ],
    object: [/debvisor-panel\.service/, /JWT_SECRET|\/etc\/default\/debvisor-panel/],
  },
  {
    id: 'panel-pair-origin-and-upgrade',
    topic: 'websocket',
    cause: 'the public name is not an allowed origin, and the site does not pass the Upgrade header on',
    inject: `echo CORS_ALLOWED_ORIGINS=http://localhost:3000 >>$dotenv; restart panel
      site_edit '/proxy_set_header Upgrade/d; /Connection "upgrade"/d'; sleep 1`,
    probe: `[ "$(browser websocket)" = 400 ] && [ "$(browser polling)" = 400 ] && [ "$(browser stats)" = 200 ]`,
    expect: [
      [/origin/i, /localhost:3000|panel\.debvisor\.local|CORS_ALLOWED_ORIGINS/],
      [/upgrade/i, /nginx|debvisor-panel/],
    ],
    object: [/CORS_ALLOWED_ORIGINS|\.env/, /sites-available\/debvisor-panel|Upgrade/],
  },
  {
    id: 'panel-pair-cache-and-migration',
    topic: 'db',
    cause: 'Redis is stopped, and the database is a migration behind',
    inject: `systemctl start redis-server; echo REDIS_URL=redis://localhost:6379/0 >>$secrets; restart panel; sleep 1; systemctl stop redis-server
      sql "ALTER TABLE alerts DROP COLUMN acknowledged_by; UPDATE alembic_version SET version_num = '0002_alerts'"`,
    probe: `ready | grep -q '"redis":{"error"' && [ "$(browser alerts)" = 500 ]`,
    expect: [
      [/redis/i, /stopped|inactive|refused|not running|nothing listens|6379/i],
      [/acknowledged_by/, /column|migration/i],
    ],
    object: [/redis/i, /acknowledged_by|alembic_version/],
  },
]
