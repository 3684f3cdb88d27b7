import type { Fault } from './fault.ts'

type Case = Omit<Fault, 'platform' | 'kind' | 'unseen'>

const databaseDown = /PostgreSQL is (down|not running)|cluster .* is down/i
const panelDown = /debvisor-panel.* (is down|failed|stopped|not running)/i
const nginxDown = /nginx.* (is down|failed|stopped|not running)/i

/** code CURL-OPTION... URL: the status for one who is signed in, by a login at the panel itself. */
const signed = `code() {
  [ -s /root/.panel-cookie ] || browser login '' $direct >/dev/null
  curl -sk -m 8 -H "Host: $name" -H "Cookie: $(cat /root/.panel-cookie)" -o /dev/null -w '%{http_code}' "$@"
}
`

const lookedAt = (one: Case): Case => ({ ...one, probe: signed + one.probe })

/** Somebody who is not signed in opens these again and again, below the limits of nginx. */
const visits = (...paths: string[]): string => {
  const each = paths
    .map((one) => `curl -sk -o /dev/null -m 20 -H "Host: panel.debvisor.local" https://127.0.0.1${one}`)
    .join('; ')
  return `background wall-display sh -c 'for n in $(seq 150); do ${each}; sleep 3; done'`
}

const errorLog = '/var/log/debvisor/panel-error.log'

const faults: readonly Case[] = [
  {
    id: 'blind4-script-name',
    topic: 'service',
    cause:
      'SCRIPT_NAME=/panel in the environment, left from a trial below a path: gunicorn refuses each address that does not begin with it',
    inject: `printf '# Below a path of the intranet.\\nSCRIPT_NAME=/panel\\n' >>$secrets; restart panel; ${visits('/', '/api/stats')}`,
    probe: `[ "$(ask $front/)" = 500 ] && [ "$(unit panel ActiveState)" = active ] && [ "$(grep -c 'does not start with SCRIPT_NAME' ${errorLog})" -ge 3 ]`,
    within: 25,
    expect: [[/SCRIPT_NAME/]],
    mustNotClaim: [databaseDown, panelDown, nginxDown],
    object: /SCRIPT_NAME|default\/debvisor-panel/,
  },
  {
    id: 'blind4-scheme-headers',
    topic: 'service',
    cause:
      'nginx sends X-Forwarded-Ssl: off beside X-Forwarded-Proto: https, and gunicorn refuses requests that contradict themselves: 400 for the login and the API',
    inject: `site_edit 's|^    proxy_set_header X-Forwarded-Proto $scheme;|&\\n    proxy_set_header X-Forwarded-Ssl off;|'; ${visits('/api/stats', '/api/alerts')}`,
    probe: `[ "$(ask $front/api/stats)" = 400 ] && [ "$(ask $direct/api/stats)" = 401 ] && [ "$(grep -c 'Contradictory scheme headers' ${errorLog})" -ge 3 ]`,
    within: 20,
    expect: [[/X-Forwarded-Ssl|scheme header/i]],
    mustNotClaim: [databaseDown, panelDown, nginxDown, /cookie/i],
    object: /X-Forwarded-Ssl/i,
  },
  {
    id: 'blind4-curve',
    topic: 'service',
    cause:
      'ssl_ecdh_curve of the site allows brainpoolP384r1 only, which no browser offers: no TLS handshake succeeds',
    inject: `site_edit '/ssl_protocols/a\\    ssl_ecdh_curve brainpoolP384r1;'; ${visits('/', '/api/stats')}`,
    probe: `[ "$(trusted)" = 35 ] && [ "$(ask $front/auth/login)" = 000 ] && [ "$(ask $direct/auth/login)" = 200 ]`,
    within: 15,
    expect: [[/ssl_ecdh_curve|curve|brainpool|key share|TLS group/i]],
    mustNotClaim: [databaseDown, panelDown, nginxDown, /expired|certificate/i],
    object: /ssl_ecdh_curve|brainpool/,
  },
  {
    id: 'blind4-certificate-purpose',
    topic: 'service',
    cause:
      'the new certificate of the RPC daemon was issued for clients: its extended key usage does not let it be a server',
    inject: `issue rpc-server clientAuth DNS:localhost,IP:127.0.0.1; restart rpcd; for n in 1 2 3; do browser nodes; done`,
    probe: `[ "$(browser nodes '' $direct)" = 502 ] && panel_log 'unsuitable certificate purpose' && [ "$(unit rpcd ActiveState)" = active ]`,
    within: 15,
    expect: [[/rpc-server/, /purpose|key usage|clientAuth|serverAuth|EKU|TLS Web Client|for clients/i]],
    mustNotClaim: [databaseDown, nginxDown, /expired|(another|other|foreign|wrong) authority/i],
    object: /rpc-server\.crt/,
  },
  {
    id: 'blind4-quoted-number',
    topic: 'service',
    cause:
      'calls_per_minute in config.json of the RPC daemon stands in quotes: the daemon starts, and fails at each call, as it compares a text with a number',
    inject: `sed -i 's/"calls_per_minute": 120/"calls_per_minute": "240"/' /etc/debvisor/rpc/config.json; restart rpcd; for n in 1 2 3; do browser nodes; done`,
    probe: `[ "$(browser nodes '' $direct)" = 502 ] && [ "$(unit rpcd ActiveState)" = active ] && journalctl -q -u debvisor-rpcd -n 60 -o cat | grep -q "TypeError: '>='"`,
    within: 15,
    expect: [[/calls_per_minute|config\.json/]],
    mustNotClaim: [databaseDown, nginxDown, /certificate|rate limit exceeded/i],
    object: /calls_per_minute|config\.json/,
  },
  {
    id: 'blind4-redis-database',
    topic: 'service',
    cause:
      'REDIS_URL names database 3 of the Redis that is the cache, and redis.conf allows one database only, which has the number 0',
    inject: `
      sed -i 's/^databases .*/databases 1/' /etc/redis/redis.conf; systemctl enable -q --now redis-server
      echo 'REDIS_URL=redis://127.0.0.1:6379/3' >>$dotenv; restart panel; for n in $(seq 20); do [ "$(ask $direct/health/live)" = 200 ] && break; sleep 0.5; done; for n in 1 2 3; do browser stats; done`,
    probe: `[ "$(browser stats)" = 500 ] && [ "$(redis-cli ping)" = PONG ] && panel_log 'DB index is out of range'`,
    within: 25,
    expect: [[/redis/i, /REDIS_URL|databases?\b.{0,30}\b(1|3)\b|index|out of range|6379\/3/i]],
    mustNotClaim: [databaseDown, panelDown, nginxDown, /redis.* (is down|stopped|not running)/i],
    object: /REDIS_URL|redis\.conf/,
  },
  {
    id: 'blind4-transaction-timeout',
    topic: 'db',
    cause:
      'transaction_timeout of the role debvisor is 1, meant as a minute and taken as a millisecond: PostgreSQL ends each session in its first transaction',
    inject: `
      sql 'ALTER ROLE debvisor SET transaction_timeout = 1'; sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'debvisor'" >/dev/null
      for n in 1 2 3; do browser alerts; done`,
    probe: `[ "$(browser alerts '' $direct)" = 500 ] && [ "$(tail -40 /var/log/postgresql/*.log | grep -c 'due to transaction timeout')" -ge 3 ] && [ "$(unit panel ActiveState)" = active ]`,
    within: 20,
    expect: [[/transaction.?timeout/i]],
    mustNotClaim: [databaseDown, panelDown, nginxDown, /statement_timeout/],
    object: /transaction_timeout/,
  },
  {
    id: 'blind4-user-blank',
    topic: 'db',
    cause:
      'an import from a spreadsheet put a no-break space behind the name in users: the panel knows no operator any more, whatever the password',
    inject: `
      sql "UPDATE users SET name = name || chr(160)"; rm -f /root/.panel-cookie; for n in 1 2 3; do browser login '' $direct; done`,
    probe: `[ "$(browser login '' $direct)" = 401 ] && [ "$(ask $direct/health/ready)" = 200 ] && panel_log "failed login of 'operator'" && [ "$(sql 'SELECT count(*) FROM users')" = 1 ]`,
    within: 12,
    expect: [[/\busers\b/, /space|blank|whitespace|no.?break|U\+00A0|\bname\b|row/i]],
    mustNotClaim: [databaseDown, panelDown, nginxDown, /SECRET_KEY/, /brute|attack/i],
    object: /\busers\b/,
  },
]

/** Something loud that is harmless, beside a quiet cause. */
const lookAlikes: readonly Case[] = [
  {
    id: 'blind4-alike-redis-and-cleared-cookies',
    topic: 'service',
    cause:
      'nginx adds Clear-Site-Data: "cookies" to each answer of the pages: browsers sign everybody out at once; a Redis that nobody uses does not start',
    inject: `
      echo 'maxmemory-polcy allkeys-lru' >>/etc/redis/redis.conf; systemctl enable -q redis-server; systemctl start redis-server 2>/dev/null
      site_edit '/^    location \\/ {/a\\        add_header Clear-Site-Data "\\\\"cookies\\\\"" always;'; ${visits('/', '/dashboard/')}`,
    probe: `curl -sk -m 5 -D - -o /dev/null -H "Host: $name" $front/dashboard/ | grep -qi '^clear-site-data: "cookies"' && [ "$(browser stats)" = 200 ] && systemctl is-failed -q redis-server`,
    within: 30,
    expect: [[/Clear-Site-Data/i]],
    mustNotClaim: [databaseDown, panelDown, nginxDown, /redis/i, /SECRET_KEY/],
    object: /Clear-Site-Data/i,
  },
  {
    id: 'blind4-alike-reports-and-cookie-flags',
    topic: 'service',
    cause:
      'proxy_cookie_flags of nginx makes the session cookie SameSite=None without Secure, which browsers throw away: nobody stays signed in; a report tool that asks PostgreSQL for tables that are gone is harmless',
    inject: `
      sql "CREATE ROLE reports LOGIN PASSWORD 'quarterly'"; background report-tool sh -c 'while :; do PGPASSWORD=quarterly psql -Xq -h 127.0.0.1 -U reports -d debvisor -c "SELECT * FROM sales_2024"; sleep 2; done'
      site_edit '/^    location .auth.login/a\\        proxy_cookie_flags ~ nosecure samesite=none;'; browser login`,
    probe: `grep -q sales_2024 /var/log/postgresql/*.log || exit 1; cookie=$(curl -sk -m 5 -D - -o /dev/null -H "Host: $name" -H "Origin: https://$name" --data-urlencode name=operator --data-urlencode "password=$panel_password" $front/auth/login | grep -i '^set-cookie'); echo "$cookie" | grep -qi 'samesite=none' && ! echo "$cookie" | grep -qi '; *secure'`,
    within: 40,
    expect: [[/proxy_cookie_flags|SameSite/i]],
    mustNotClaim: [databaseDown, panelDown, nginxDown, /sales_2024|report-tool/, /SECRET_KEY/],
    object: /proxy_cookie_flags/,
  },
]

export const thirdBlindFaults: readonly Omit<Fault, 'platform' | 'kind'>[] = [...faults, ...lookAlikes].map(
  lookedAt,
)

export const thirdBlindPairs: readonly Omit<Fault, 'platform' | 'kind'>[] = (
  [
    {
      id: 'blind4-pair-no-calls-and-links',
      topic: 'service',
      cause:
        'calls_per_minute of the RPC daemon is 0, meant as without a limit: it refuses each call; disable_symlinks of nginx hides the files of /static/, which is a link to those of the release: 404',
      inject: `
        sed -i 's/"calls_per_minute": 120/"calls_per_minute": 0/' /etc/debvisor/rpc/config.json; restart rpcd
        mv $app/static $app/static-1.4.2; ln -s static-1.4.2 $app/static; sed -i '/^http {/a\\    disable_symlinks on;' /etc/nginx/nginx.conf; systemctl reload nginx
        for n in 1 2 3; do browser nodes; ask $front/static/dashboard.js; done`,
      probe: `[ "$(browser nodes '' $direct)" = 502 ] && panel_log RESOURCE_EXHAUSTED && [ "$(ask $front/static/dashboard.js)" = 404 ] && [ "$(ask $direct/static/dashboard.js)" = 200 ]`,
      within: 20,
      expect: [
        [/calls_per_minute|rate limit|RESOURCE_EXHAUSTED/i],
        [/disable_symlinks|symlink|symbolic|\blink\b/i],
      ],
      mustNotClaim: [databaseDown, panelDown, nginxDown],
      object: [/calls_per_minute|config\.json/, /disable_symlinks/],
    },
    {
      id: 'blind4-pair-cache-rights-and-hidden-cookie',
      topic: 'service',
      cause:
        'an access list of Redis lets the cache be read and not written; proxy_hide_header takes Set-Cookie from the answer to a login: nobody gets a session',
      inject: `
        printf 'user default on nopass ~* &* -@all +@read +@connection +info\\n' >>/etc/redis/redis.conf; systemctl enable -q --now redis-server
        echo 'REDIS_URL=redis://127.0.0.1:6379/0' >>$dotenv; restart panel; for n in $(seq 20); do [ "$(ask $direct/health/live)" = 200 ] && break; sleep 0.5; done
        site_edit '/^    location .auth.login/a\\        proxy_hide_header Set-Cookie;'; browser login; for n in 1 2 3; do browser stats '' $direct; done`,
      probe: `[ "$(code $direct/api/stats)" = 500 ] && panel_log NOPERM\\\\\\|permissions && [ "$(ask $direct/health/ready)" = 200 ] && login=$(curl -sk -m 5 -D - -o /dev/null -H "Host: $name" --data-urlencode name=operator --data-urlencode "password=$panel_password" $front/auth/login) && echo "$login" | grep -q ' 302' && ! echo "$login" | grep -qi set-cookie`,
      within: 40,
      expect: [
        [/redis/i, /ACL|NOPERM|permission|access list|rights?\b|user default|may not/i],
        [/proxy_hide_header|Set-Cookie/i],
      ],
      mustNotClaim: [databaseDown, panelDown, nginxDown, /redis.* (is down|stopped|not running)/i],
      object: [/redis/, /proxy_hide_header/],
    },
  ] satisfies readonly Case[]
).map(lookedAt)

/** Odd, and nothing is wrong. */
export const thirdBlindHealthyHosts: readonly Omit<Fault, 'platform' | 'kind' | 'expect'>[] = [
  {
    id: 'blind4-healthy-short-certificates',
    topic: 'service',
    cause:
      'all certificates are good for 20 hours only, as the authority issues them, and a timer renews them every four hours',
    inject: `
      cat >/usr/local/sbin/renew-platform-certificates <<'END'
#!/bin/sh
# renew-platform-certificates: a new certificate for 20 hours, for the key that is there.
set -eu
cd /etc/debvisor/certs
renew() {
  openssl req -quiet -new -key "$1.key" -subj "/O=DebVisor/CN=$1" -addext "extendedKeyUsage=$2" -addext "subjectAltName=$3" -out "/run/$1.csr"
  openssl x509 -req -in "/run/$1.csr" -copy_extensions copy -CA ca.crt -CAkey /etc/debvisor/pki/ca.key -CAcreateserial -not_before "$(date -u -d '-1 hour' +%Y%m%d%H%M%SZ)" -not_after "$(date -u -d '+20 hours' +%Y%m%d%H%M%SZ)" -out "$1.crt.new" 2>/dev/null
  mv "$1.crt.new" "$1.crt"; rm "/run/$1.csr"
}
renew panel serverAuth DNS:panel.debvisor.local,DNS:localhost,IP:127.0.0.1
renew rpc-server serverAuth DNS:localhost,IP:127.0.0.1
renew panel-client clientAuth DNS:panel.debvisor.local
systemctl reload nginx
systemctl restart debvisor-rpcd debvisor-panel
END
      chmod 755 /usr/local/sbin/renew-platform-certificates
      printf '[Unit]\\nDescription=Certificates for 20 hours\\n\\n[Service]\\nType=oneshot\\nExecStart=/usr/local/sbin/renew-platform-certificates\\n' >/etc/systemd/system/renew-platform-certificates.service
      printf '[Unit]\\nDescription=Certificates for 20 hours\\n\\n[Timer]\\nOnUnitActiveSec=4h\\nOnBootSec=4h\\n\\n[Install]\\nWantedBy=timers.target\\n' >/etc/systemd/system/renew-platform-certificates.timer
      systemctl daemon-reload; systemctl start renew-platform-certificates.service; systemctl enable -q --now renew-platform-certificates.timer`,
    probe: `browser all && [ "$(trusted)" = 0 ] && ! openssl x509 -checkend 86400 -noout -in $certs/panel.crt >/dev/null && openssl x509 -checkend 60000 -noout -in $certs/panel.crt >/dev/null`,
    within: 40,
  },
  {
    id: 'blind4-healthy-particular',
    topic: 'service',
    cause:
      'Redis is the cache, with a user of its own that may do what the panel needs, and one database; the TLS of nginx knows two curves; warnings of Python are errors; transactions end after a minute; /static/ is a link of the right owner, as disable_symlinks asks',
    inject: `
      sed -i 's/^databases .*/databases 1/' /etc/redis/redis.conf; printf 'user default off\\nuser panel on >quiet-brook-2207 ~panel:* +@read +@write +ping +client\\n' >>/etc/redis/redis.conf; systemctl enable -q --now redis-server
      echo 'REDIS_URL=redis://panel:quiet-brook-2207@127.0.0.1:6379/0' >>$dotenv; printf 'PYTHONWARNINGS=error\\n' >>$secrets
      sql "ALTER ROLE debvisor SET transaction_timeout = '60s'; ALTER ROLE debvisor SET datestyle = 'ISO, DMY'"
      mv $app/static $app/static-1.4.2; ln -s static-1.4.2 $app/static; chown -h www-data:www-data $app/static; sed -i '/^http {/a\\    disable_symlinks if_not_owner;' /etc/nginx/nginx.conf
      site_edit '/ssl_protocols/a\\    ssl_ecdh_curve X25519:prime256v1;'; sed -i 's|^    proxy_set_header X-Forwarded-Proto $scheme;|&\\n    proxy_set_header X-Forwarded-Ssl on;|' $site; systemctl reload nginx; restart panel`,
    probe: `browser all && [ "$(ask $front/static/dashboard.js)" = 200 ] && [ "$(ask $direct/health/ready)" = 200 ] && ready | grep -q redis && redis-cli ping 2>&1 | grep -q NOAUTH`,
    within: 40,
  },
]
