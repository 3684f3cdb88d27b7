import type { Fault } from './fault.ts'

type Unseen<Given extends keyof Fault> = readonly Omit<Fault, Given | 'unseen'>[]

export const databaseDown = /PostgreSQL is (down|not running)|cluster .* is down/i
export const platformDown = /debvisor.* (is down|failed|stopped|not running)/i
export const nginxDown = /nginx.* (is down|failed|stopped|not running)/i

export const front = 'http://127.0.0.1'
export const errors = '/var/log/debvisor/error.log'
export const databaseLog = '/var/log/postgresql/*.log'
export const chrome =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36'

/** A user of Chrome who opens these addresses again and again. */
export const visits = (...addresses: string[]): string => {
  const each = addresses.map((one) => `curl -s -o /dev/null -m 20 -A "${chrome}" "${one}"`).join('; ')
  return `background wall-display sh -c 'for n in $(seq 400); do ${each}; sleep 1; done'`
}

export const newSessions = `sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'debvisor'" >/dev/null`

/** The lines of the file in which a text is, at least so many: what somebody who looks now can find. */
export const told = (text: string, file: string, times = 3): string =>
  `[ "$(cat ${file} | grep -c '${text}')" -ge ${times} ]`

/** What a user of Chrome gets. */
const asChrome = (url: string): string =>
  `"$(curl -s -o /dev/null -w '%{http_code}' -m 10 -A '${chrome}' ${url})"`

export const ninthUnseenFaults: Unseen<'kind'> = [
  {
    id: 'ninth-env-continuation',
    topic: 'db',
    cause:
      'the new SECRET_KEY in .env ends with a backslash, which joins the next line to it: DATABASE_PASSWORD is no variable any more',
    inject: `
      password=$(sed -n 's/^DATABASE_PASSWORD=//p' $env_file)
      printf '# Changed by the rotation of May.\\nSECRET_KEY=q7Tz0fLw2V9xR4mK\\\\\\nDATABASE_PASSWORD=%s\\n' "$password" | tee $env_file >/dev/null; restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(status $front/api/v1/hosts 5)" = 500 ] && grep -q '^DATABASE_PASSWORD=.' $env_file && ${told('no password supplied', errors)}`,
    within: 20,
    expect: [[/\.env\b/, /backslash|continu|SECRET_KEY|join|line (end|break|before|above)|\\$/im]],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /pg_hba/],
    object: /SECRET_KEY|DATABASE_PASSWORD/,
  },
  {
    id: 'ninth-post-auth-delay',
    topic: 'db',
    cause:
      'post_auth_delay of postgresql.conf, left from a hunt with a debugger, lets each new session wait 8 s; the platform gives up after 3',
    inject: `
      pg_setting 'post_auth_delay = 8   # time to attach gdb'; systemctl reload $pg_unit
      ${newSessions}; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(status $front/api/v1/hosts 15)" = 500 ] && pg_isready -q -h localhost && ${told('timeout expired', errors)}`,
    within: 50,
    expect: [[/post_auth_delay/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /firewall|nftables/i],
    object: /post_auth_delay/,
  },
  {
    id: 'ninth-lock-table',
    topic: 'db',
    cause:
      'stock-dedupe takes an advisory lock for each of its rows and keeps them: the lock table of PostgreSQL is full: no transaction can write, and no session be opened',
    inject: `
      background stock-dedupe runuser -u postgres -- env PGAPPNAME=stock-dedupe psql -Xq -d debvisor -o /dev/null -c 'SELECT pg_advisory_lock(n) FROM generate_series(1, 90000) AS n' -c 'SELECT pg_sleep(500)'
      ${visits(`${front}/api/v1/touch?host=2`)}`,
    probe: `[ "$(status "$front/api/v1/touch?host=3" 5)" = 500 ] && [ "$(status $front/ 5)" = 200 ] && pg_isready -q -h localhost && ${told('out of shared memory', errors)}`,
    within: 25,
    expect: [[/stock-dedupe|advisory|max_locks_per_transaction/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /\/dev\/shm|shared_buffers|MemoryMax/i],
    object: /stock-dedupe|advisory/i,
  },
  {
    id: 'ninth-archive-command',
    topic: 'db',
    cause:
      'archive_command copies to a share that is not mounted: PostgreSQL keeps all WAL until its disk is full',
    inject: `
      systemctl stop $pg_unit; chmod 751 /var/lib/debvisor
      cp -a /var/lib/postgresql/15/main/pg_wal /var/lib/debvisor/; rm -r /var/lib/postgresql/15/main/pg_wal; ln -s /var/lib/debvisor/pg_wal /var/lib/postgresql/15/main/pg_wal
      pg_setting 'max_wal_size = 64MB'; pg_setting 'min_wal_size = 32MB'; pg_setting 'archive_mode = on'; pg_setting "archive_command = 'cp %p /mnt/wal-archive/%f'"; pg_restart
      for n in $(seq 17); do sql "SELECT txid_current(), pg_switch_wal()" || break; done >/dev/null 2>&1; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(api)" = 500 ] && pg_lsclusters -h | grep -q down && [ "$(df --output=pcent /var/lib/debvisor | tr -dc 0-9)" -ge 95 ] && ${told('archive command failed', databaseLog, 1)}`,
    within: 30,
    expect: [[/archive_command|wal-archive|archiv(e|ing|er)\b/i]],
    mustNotClaim: [nginxDown, /replication slot/i],
    object: /archive_command|archive_mode|wal-archive/,
  },
  {
    id: 'ninth-legacy-provider',
    topic: 'db',
    cause:
      'OPENSSL_CONF of a drop-in names a file that turns the legacy provider of OpenSSL on, and thereby the default one off: libpq has no ciphers to log in with',
    inject: `
      printf '# MD4 for the old tape library.\\nopenssl_conf = openssl_init\\n\\n[openssl_init]\\nproviders = provider_sect\\n\\n[provider_sect]\\nlegacy = legacy_sect\\n\\n[legacy_sect]\\nactivate = 1\\n' >/etc/ssl/tape.cnf
      printf '[Service]\\nEnvironment=OPENSSL_CONF=/etc/ssl/tape.cnf\\n' | drop_in debvisor.service; restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(status $front/api/v1/hosts 5)" = 500 ] && [ "$(unit ActiveState)" = active ] && ${told('could not generate nonce\\|library has no ciphers', errors)}`,
    within: 25,
    expect: [[/OPENSSL_CONF|tape\.cnf|openssl/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /password/i],
    object: /OPENSSL_CONF|tape\.cnf|override\.conf/,
  },
  {
    id: 'ninth-start-options',
    topic: 'db',
    cause:
      'pg_ctl.conf of the cluster starts PostgreSQL with listen_addresses=127.0.0.9, which goes before postgresql.conf',
    inject: `
      sed -i "s|^pg_ctl_options.*|pg_ctl_options = '-o -clisten_addresses=127.0.0.9'|" /etc/postgresql/15/main/pg_ctl.conf; pg_restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(status $front/api/v1/hosts 5)" = 500 ] && ! pg_isready -q -h localhost && pg_isready -q -h 127.0.0.9 && ! grep -rq '127\\.0\\.0\\.9' $pg_config && ${told('refused', errors)}`,
    within: 20,
    expect: [[/pg_ctl|command line|start options?/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /firewall|nftables/i],
    object: /pg_ctl/,
  },
  {
    id: 'ninth-socket-lock',
    topic: 'db',
    cause:
      'a lock file of PostgreSQL’s socket, .s.PGSQL.5432.lock, belongs to root since a trial start: PostgreSQL may not open it and does not start',
    inject: `
      systemctl stop $pg_unit; printf '4411\\n/srv/trial/data\\n1764000000\\n5432\\n' >/run/postgresql/.s.PGSQL.5432.lock; chown root:root /run/postgresql/.s.PGSQL.5432.lock; chmod 600 /run/postgresql/.s.PGSQL.5432.lock
      pg_restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(status $front/api/v1/hosts 5)" = 500 ] && pg_lsclusters -h | grep -q down && ${told('could not open lock file', databaseLog, 1)}`,
    within: 20,
    expect: [[/\.s\.PGSQL\.5432|lock.?file|run\/postgresql/i]],
    mustNotClaim: [nginxDown, /disk is full|password/i],
    object: /\.s\.PGSQL\.5432/,
  },
  {
    id: 'ninth-protected-ports',
    topic: 'service',
    cause:
      'a hardening set net.ipv4.ip_unprivileged_port_start to 20000: the platform, which is not root, may not open 8080 any more',
    inject: `
      printf '# Services below 20000 are started by root only.\\nnet.ipv4.ip_unprivileged_port_start = 20000\\n' >/etc/sysctl.d/70-hardening.conf; sysctl -qp /etc/sysctl.d/70-hardening.conf; restart; ${visits(`${front}/`)}`,
    probe: `[ "$(unit ActiveState)" != active ] && [ "$(status $front/ 3)" = 502 ] && journalctl -q -u debvisor -n 40 -o cat | grep -q 'cannot listen on 0.0.0.0:8080: Permission denied'`,
    within: 20,
    expect: [[/ip_unprivileged_port_start|70-hardening/]],
    mustNotClaim: [databaseDown, nginxDown, /another program|port .*(taken|in use)/i],
    object: /ip_unprivileged_port_start|70-hardening/,
  },
  {
    id: 'ninth-stale-bytecode',
    topic: 'service',
    cause:
      'database.py is right, but Python runs its compiled copy of another release: __pycache__/database.*.pyc is marked as one that is never compared with the source',
    inject: `
      file=/opt/debvisor/debvisor/database.py; sed 's/SELECT id, name, state FROM hosts/SELECT id, name, status FROM hosts/' $file >/var/tmp/database.py
      python3 -c 'import sys, importlib.util as u, py_compile as p; p.compile("/var/tmp/database.py", u.cache_from_source(sys.argv[1]), sys.argv[1], True, invalidation_mode=p.PycInvalidationMode.UNCHECKED_HASH)' $file
      rm /var/tmp/database.py; chown -R debvisor:debvisor /opt/debvisor/debvisor/__pycache__; restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(status $front/api/v1/hosts 5)" = 500 ] && [ "$(api)" = 200 ] && ! grep -q 'name, status' /opt/debvisor/debvisor/database.py && ${told('column "status" does not exist', errors)}`,
    within: 20,
    expect: [[/__pycache__|\.pyc\b|byte.?code|compiled/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown],
    object: /__pycache__|\.pyc\b/,
  },
  {
    id: 'ninth-console-folder',
    topic: 'service',
    cause:
      'StandardOutput of a drop-in appends to a file below /srv/logs, a folder that is not there: systemd cannot start the platform',
    inject: `
      printf '[Service]\\nStandardOutput=append:/srv/logs/debvisor/console.log\\n' | drop_in debvisor.service; restart; ${visits(`${front}/`)}`,
    probe: `[ "$(unit ActiveState)" != active ] && [ "$(status $front/ 3)" = 502 ] && journalctl -q -u debvisor -n 40 -o cat | grep -q 209/STDOUT`,
    within: 20,
    expect: [[/\/srv\/logs|StandardOutput|console\.log/]],
    mustNotClaim: [databaseDown, nginxDown],
    object: /StandardOutput|srv\/logs|override\.conf/,
  },
  {
    id: 'ninth-browser-rule',
    topic: 'websocket',
    cause:
      'a rule of nginx against versions of Chrome below 20 looks at the first two digits only, and so refuses all that have three: 403',
    inject: `
      sed -i '/location \\/socket.io\\//i\\    # Too old for the dashboard.\\n    if ($http_user_agent ~ "Chrome/(1?[0-9])") {\\n        return 403;\\n    }\\n' $site; systemctl reload nginx; ${visits(`${front}/`, `${front}/socket.io/socket.io.js`)}`,
    probe: `[ ${asChrome('$front/')} = 403 ] && [ ${asChrome('$direct/')} = 200 ] && [ "$(status $front/ 3)" = 200 ] && ${told(' 403 ', '/var/log/nginx/debvisor.access.log')}`,
    within: 15,
    expect: [[/user.agent|Chrome\//i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown, /permission|owner/i],
    object: /http_user_agent/,
  },
  {
    id: 'ninth-sorry-server',
    topic: 'websocket',
    cause:
      'fail_timeout=30m of the upstream: after one restart of the platform nginx sends everybody to the page of excuses on 8090 for half an hour',
    inject: `
      printf 'upstream platform {\\n    zone platform 64k;\\n    server 127.0.0.1:8080 max_fails=1 fail_timeout=30m;\\n    server 127.0.0.1:8090 backup;\\n}\\n\\nserver {\\n    listen 127.0.0.1:8090;\\n    access_log off;\\n    default_type text/html;\\n    return 503 "<h1>We are back soon</h1>";\\n}\\n' >/etc/nginx/conf.d/platform.conf
      site_edit 's|http://127.0.0.1:8080|http://platform|'; for n in $(seq 20); do [ "$(api)" = 200 ] && break; sleep 0.3; done
      systemctl stop debvisor; for n in $(seq 20); do [ "$(status $front/ 3)" = 503 ] && break; sleep 0.3; done; systemctl start debvisor; ${visits(`${front}/`, `${front}/api/v1/hosts`)}`,
    probe: `[ "$(status $front/ 3)" = 503 ] && [ "$(status $direct/api/health 3)" = 200 ] && [ "$(unit ActiveState)" = active ] && [ "$(tail -20 /var/log/nginx/debvisor.access.log | grep -c ' 503 ')" -ge 6 ]`,
    within: 20,
    expect: [[/fail_timeout|max_fails|\bbackup\b|8090|platform\.conf/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown],
    object: /fail_timeout|max_fails|platform\.conf/,
  },
  {
    id: 'ninth-backtracking',
    topic: 'websocket',
    cause:
      'a pattern of nginx against crawlers, with a repetition of repetitions, tries millions of ways through the name of each real browser, until PCRE gives up: 500',
    inject: `
      sed -i '/location \\/socket.io\\//i\\    # Crawlers.\\n    if ($http_user_agent ~* "^(([a-z]+[0-9. ;:,/()]*)+)+(bot|crawler)$") {\\n        return 403;\\n    }\\n' $site; systemctl reload nginx; ${visits(`${front}/`, `${front}/api/v1/hosts`)}`,
    probe: `[ ${asChrome('$front/')} = 500 ] && [ ${asChrome('$direct/')} = 200 ] && [ "$(status $front/ 5)" = 200 ] && ${told('match() failed', '/var/log/nginx/error.log')}`,
    within: 25,
    expect: [
      [/user.agent|regular expression|\bregex|pattern|pcre|backtrack/i, /nginx|sites-|\bif\b|debvisor/i],
    ],
    mustNotClaim: [databaseDown, platformDown, nginxDown],
    object: /http_user_agent/,
  },
  {
    id: 'ninth-cache-key',
    topic: 'websocket',
    cause:
      'the key of a short cache of nginx leaves the query out: the figures of one host are shown for every other one too',
    inject: `
      printf 'proxy_cache_path /var/lib/nginx/figures keys_zone=figures:1m inactive=10m;\\n' >/etc/nginx/conf.d/figures.conf
      site_edit '/location \\/ {/a\\        proxy_cache figures;\\n        proxy_cache_valid 200 4s;\\n        proxy_cache_key $scheme$host$uri;'; ${visits(`${front}/api/v1/metrics?host=2`, `${front}/api/v1/metrics?host=3`)}`,
    probe: `curl -s -m 5 "$front/api/v1/metrics?host=1" | grep -q cpu; curl -s -m 5 "$front/api/v1/metrics?host=99" | grep -q cpu && [ "$(curl -s -m 5 "$direct/api/v1/metrics?host=99")" = '[]' ]`,
    within: 15,
    expect: [[/proxy_cache|cache.?key|figures\.conf/i]],
    mustNotClaim: [databaseDown, platformDown, nginxDown],
    object: /proxy_cache|figures/,
  },
]
