import { type Fault, fine } from './fault.ts'

type Unseen<Given extends keyof Fault> = readonly Omit<Fault, Given | 'unseen'>[]

const databaseDown = /PostgreSQL is (down|not running)|cluster .* is down/i
const platformDown = /debvisor.* (is down|failed|stopped|not running)/i
const nginxDown = /nginx.* (is down|failed|stopped|not running)/i
const upgradeHeaders = /upgrade header/i

const front = 'http://127.0.0.1'
const errors = '/var/log/debvisor/error.log'
const code = '/opt/debvisor/debvisor'
const web = '/opt/debvisor/web'

/** A user who opens these addresses again and again, for 20 s before somebody asks. */
const visits = (...addresses: string[]): string =>
  `background wall-display sh -c 'for n in $(seq 160); do ${addresses.map((one) => `curl -s -o /dev/null -m 20 "${one}"`).join('; ')}; sleep 2; done'; sleep 20`

/** Dashboards that stay open, each with a connection of its own. */
const dashboards = (count: number): string =>
  `for n in $(seq ${count}); do background dashboard-$n curl -s -m 500 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==' -o /dev/null '${front}/socket.io/?EIO=4&transport=websocket'; done`

/** The value of Sec-WebSocket-Accept that `handshake` gets from an address. */
const accept = `accept() { curl -s -i -m 1 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==' "$1/socket.io/?EIO=4&transport=websocket" | tr -d '\\r' | sed -n 's/^Sec-WebSocket-Accept: //Ip'; }`

/** A drop-in of the prelude, by its file or by what it sets. */
const dropIn = (setting: string): RegExp => new RegExp(`override\\.conf|${setting}`)

/** Somebody changed how it starts, what it may do or what it is made of. */
const service: Unseen<'topic' | 'kind'> = [
  {
    id: 'service-syscall-filter',
    cause: 'SystemCallFilter=~bind of a drop-in kills the platform when it opens its port',
    inject: `printf '[Service]\\nSystemCallFilter=~bind\\n' | drop_in debvisor.service; restart`,
    probe: `[ "$(unit Result)" != success ] && [ "$(api)" = 502 ]`,
    expect: [[/SystemCallFilter|SIGSYS|system call|seccomp/i]],
    mustNotClaim: [/memory|\bOOM\b/i, databaseDown],
    object: dropIn('SystemCallFilter'),
  },
  {
    id: 'service-merge-conflict',
    cause: 'a deploy left the marks of a merge conflict in realtime.py: a syntax error',
    inject: `sed -i '/^class Realtime:/i<<<<<<< HEAD' ${code}/realtime.py; restart`,
    probe: `is_failed && [ "$(api)" = 502 ] && grep -q '^<<<<<<< HEAD' ${code}/realtime.py`,
    expect: [[/realtime\.py/, /syntax|<<<<<<<|conflict/i]],
    mustNotClaim: [databaseDown],
    object: /realtime\.py/,
  },
  {
    id: 'service-half-deploy',
    cause: 'database.py is of another release than server.py: it has list_hosts in place of hosts',
    inject: `sed -i 's/def hosts(self)/def list_hosts(self)/' ${code}/database.py; restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(status $front/api/v1/hosts 3)" != 200 ] && [ "$(status $front/ 3)" = 200 ] && systemctl is-active -q debvisor`,
    expect: [[/has no attribute 'hosts'|database\.py/]],
    mustNotClaim: [platformDown, databaseDown],
    object: /database\.py/,
  },
  {
    id: 'service-runtime-max',
    cause: 'RuntimeMaxSec=8 of a drop-in ends the platform every 8 s',
    inject: `printf '[Service]\\nRuntimeMaxSec=8\\n' | drop_in debvisor.service; restart; sleep 20`,
    probe: `[ "$(unit NRestarts)" -ge 2 ] && [ "$(unit RuntimeMaxUSec)" = 8s ]`,
    within: 20,
    expect: [[/RuntimeMax|runtime (limit|time)|maximum runtime/i]],
    mustNotClaim: [/memory|\bOOM\b/i, databaseDown],
    object: dropIn('RuntimeMax'),
  },
  {
    id: 'service-python-link',
    cause: '/usr/bin/python3 is a link to python3.12, which is not installed',
    inject: `ln -sfn python3.12 /usr/bin/python3; restart`,
    probe: `is_failed && [ "$(api)" = 502 ] && [ ! -e /usr/bin/python3 ]`,
    expect: [[/python3/, /link|missing|not (installed|there|found)|No such file|interpreter/i]],
    mustNotClaim: [databaseDown],
    object: /\/usr\/bin\/python3/,
  },
  {
    id: 'service-library-mode',
    cause: 'libpq.so.5 may be read by root only, so that psycopg2 cannot be loaded',
    inject: `chmod 600 $(readlink -f /usr/lib/x86_64-linux-gnu/libpq.so.5); restart`,
    probe: `is_failed && [ "$(api)" = 502 ] && ! runuser -u debvisor -- python3 -c 'import psycopg2' 2>/dev/null && [ -e /usr/lib/x86_64-linux-gnu/libpq.so.5 ]`,
    expect: [[/libpq/]],
    mustNotClaim: [databaseDown],
    object: /libpq/,
  },
  {
    id: 'service-protect-system',
    cause: 'ProtectSystem=strict of a drop-in makes its log and its data read-only for it: the disks are not',
    inject: `printf '[Service]\\nProtectSystem=strict\\n' | drop_in debvisor.service; restart`,
    probe: `is_failed && [ "$(api)" = 502 ] && runuser -u debvisor -- touch /var/log/debvisor/error.log`,
    expect: [[/ProtectSystem/]],
    mustNotClaim: [databaseDown, /disk.*(full|error)/i],
    object: dropIn('ProtectSystem'),
  },
  {
    id: 'service-other-user',
    cause: 'User=www-data of a drop-in: it may not write its log, whose owner is right',
    inject: `printf '[Service]\\nUser=www-data\\nGroup=www-data\\n' | drop_in debvisor.service; restart`,
    probe: `is_failed && [ "$(api)" = 502 ] && [ "$(stat -c %U ${errors})" = debvisor ]`,
    expect: [[/www-data/, /User|\berror\.log|runs as/i]],
    mustNotClaim: [databaseDown],
    object: dropIn('www-data'),
  },
  {
    id: 'service-user-number',
    cause: 'the user debvisor has got another number: what it owns belongs to nobody',
    inject: `sed -i 's/^debvisor:x:[0-9]*:/debvisor:x:1500:/' /etc/passwd; chmod 700 /var/lib/debvisor; restart`,
    probe: `is_failed && [ "$(api)" = 502 ] && [ "$(stat -c %U /var/lib/debvisor)" = UNKNOWN ]`,
    expect: [[/debvisor/, /\buid\b|1500|UNKNOWN|owner|belongs|number/i]],
    mustNotClaim: [databaseDown],
    object: /user\b.*\bdebvisor\b|\/etc\/passwd|1500/,
  },
  {
    id: 'service-start-post',
    cause:
      'its ExecStartPost asks /healthz, which the platform does not have: the unit fails though it started',
    inject: `printf '[Service]\\nExecStartPost=/usr/bin/curl -sf -o /dev/null http://127.0.0.1:8080/healthz\\n' | drop_in debvisor.service; restart; sleep 6`,
    probe: `[ "$(api)" = 502 ] && [ "$(unit NRestarts)" -ge 1 ] && [ "$(unit ActiveState)" != active ]`,
    expect: [[/ExecStartPost|healthz|start-post/i]],
    mustNotClaim: [databaseDown],
    object: dropIn('ExecStartPost|healthz'),
  },
  {
    id: 'service-binds-to',
    cause: 'BindsTo=cache-warmup.service of a drop-in: that unit has ended, and the platform with it',
    inject: `
      printf '[Unit]\\nDescription=Warm the cache\\n[Service]\\nExecStart=/usr/bin/sleep 4\\n' >/etc/systemd/system/cache-warmup.service
      printf '[Unit]\\nBindsTo=cache-warmup.service\\nAfter=cache-warmup.service\\n' | drop_in debvisor.service; restart; sleep 5`,
    probe: `[ "$(api)" = 502 ] && [ "$(unit ActiveState)" = inactive ]`,
    expect: [[/cache-warmup|BindsTo/]],
    mustNotClaim: [databaseDown, /somebody stopped/i],
    object: dropIn('cache-warmup|BindsTo'),
  },
  {
    id: 'service-file-size',
    cause: 'LimitFSIZE=2K of a drop-in: the collector cannot write its snapshot, the log no more lines',
    inject: `printf '[Service]\\nLimitFSIZE=2K\\n' | drop_in debvisor.service; restart; sleep 25`,
    probe: `[ "$(api)" = 200 ] && { journalctl -q -u debvisor -n 200 | grep -q 'File too large' || grep -q 'File too large' ${errors}; }`,
    expect: [[/LimitFSIZE|file too large|file size/i]],
    mustNotClaim: [databaseDown, platformDown, /disk.*full/i],
    object: dropIn('LimitFSIZE'),
  },
  {
    id: 'service-web-mode',
    cause: 'a deploy with umask 077 left index.html readable by root only: the page gets 500',
    inject: `chown root:root ${web}/index.html; chmod 600 ${web}/index.html; ${visits(`${front}/`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(status $front/ 3)" = 500 ]`,
    expect: [[/index\.html/, /permission|denied|mode|owner|readable|belongs/i]],
    mustNotClaim: [databaseDown, platformDown],
    object: /index\.html/,
  },
  {
    id: 'service-mounted-over',
    cause: 'an empty tmpfs is mounted over the folder of the page, /opt/debvisor/web',
    inject: `echo 'tmpfs /opt/debvisor/web tmpfs rw,nosuid,nodev,size=16m,mode=755 0 0' >>/etc/fstab; mount /opt/debvisor/web; systemctl daemon-reload; ${visits(`${front}/`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(status $front/ 3)" = 500 ] && mountpoint -q ${web}`,
    expect: [[/\/opt\/debvisor\/web/, /mount|tmpfs/i]],
    mustNotClaim: [databaseDown, platformDown],
    object: /mount.*\/opt\/debvisor\/web|\/opt\/debvisor\/web.*(mount|tmpfs)|\/etc\/fstab|tmpfs/s,
  },
  {
    id: 'service-private-network',
    cause: 'PrivateNetwork=yes of a drop-in: it listens where nobody reaches it, and reaches no database',
    inject: `printf '[Service]\\nPrivateNetwork=yes\\n' | drop_in debvisor.service; restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `systemctl is-active -q debvisor && [ "$(api)" = 502 ] && [ -z "$(ss -Hltn sport = :8080)" ]`,
    expect: [[/PrivateNetwork|network namespace/i]],
    mustNotClaim: [databaseDown, platformDown],
    object: dropIn('PrivateNetwork'),
  },
  {
    id: 'service-snapshot-folder',
    cause: 'a restore left a folder where the collector writes: snapshot.json.new',
    inject: `install -d -o debvisor -g debvisor /var/lib/debvisor/snapshot.json.new; sleep 25`,
    probe: `[ "$(api)" = 200 ] && grep -q 'Is a directory' ${errors}`,
    expect: [[/snapshot\.json\.new/, /directory|folder/i]],
    mustNotClaim: [databaseDown, platformDown],
    object: /snapshot\.json\.new/,
  },
  {
    id: 'service-own-address-only',
    cause: 'config.yaml has the platform listen on 127.0.0.2 only; nginx asks 127.0.0.1',
    inject: `sed -i 's/host: 0.0.0.0/host: 127.0.0.2/' $config; restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `systemctl is-active -q debvisor && [ "$(api)" = 502 ] && [ "$(status http://127.0.0.2:8080/api/health 3)" = 200 ]`,
    expect: [[/127\.0\.0\.2/]],
    mustNotClaim: [databaseDown, platformDown],
    object: /127\.0\.0\.2/,
  },
]

/** PostgreSQL does as it is told: by a setting, a right, the schema or the environment of who asks. */
const db: Unseen<'topic' | 'kind'> = [
  {
    id: 'db-options-of-environment',
    cause: 'PGOPTIONS in .env sets a search_path without the tables of the platform',
    inject: `echo 'PGOPTIONS=-c search_path=reporting' >>/opt/debvisor/.env; restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(status $front/api/v1/hosts 3)" = 500 ] && grep -q 'relation "hosts" does not exist' ${errors}`,
    expect: [[/PGOPTIONS|search_path/]],
    mustNotClaim: [databaseDown, platformDown],
    object: /PGOPTIONS|\.env\b/,
  },
  {
    id: 'db-session-attributes',
    cause: 'PGTARGETSESSIONATTRS=read-only in .env: the platform refuses a server that may be written',
    inject: `echo 'PGTARGETSESSIONATTRS=read-only' >>/opt/debvisor/.env; restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(api)" = 500 ] && grep -q 'session is not read-only' ${errors}`,
    expect: [[/TARGETSESSIONATTRS|session is not read-only|target_session_attrs/i]],
    mustNotClaim: [databaseDown, platformDown],
    object: /PGTARGETSESSIONATTRS|\.env\b/,
  },
  {
    id: 'db-hosts-mode',
    cause: '/etc/hosts may be read by root only, so that the platform cannot resolve localhost',
    inject: `chmod 600 /etc/hosts; restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(curl -s -o /dev/null -w '%{http_code}' -m 30 $front/api/health)" != 200 ] && ! runuser -u debvisor -- getent -s files hosts localhost`,
    within: 40,
    expect: [[/\/etc\/hosts/]],
    mustNotClaim: [databaseDown, platformDown],
    object: /\/etc\/hosts\b/,
  },
  {
    id: 'db-column-type',
    cause: 'a migration made metrics.host_id text: the query compares it with a number',
    inject: `sql 'ALTER TABLE metrics DROP CONSTRAINT metrics_host_id_fkey, ALTER host_id TYPE text'; ${visits(`${front}/api/v1/metrics?host=2`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(status "$front/api/v1/metrics?host=2" 3)" = 500 ] && grep -q 'operator does not exist: text = integer' ${errors}`,
    expect: [[/text = integer|host_id/, /operator|type|text/i]],
    mustNotClaim: [databaseDown, platformDown],
    object: /host_id/,
  },
  {
    id: 'db-required-column',
    cause: 'a migration added metrics.site_id, NOT NULL without a default: the collector does not know it',
    inject: `sql 'ALTER TABLE metrics ADD site_id integer NOT NULL DEFAULT 1; ALTER TABLE metrics ALTER site_id DROP DEFAULT'; sleep 25`,
    probe: `[ "$(api)" = 200 ] && grep -q 'null value in column "site_id"' ${errors}`,
    expect: [[/site_id/, /null/i]],
    mustNotClaim: [databaseDown, platformDown],
    object: /site_id/,
  },
  {
    id: 'db-silent-trigger',
    cause:
      'the trigger metrics_sampled returns NULL for each new row: nothing is stored, and no error is told',
    inject: `sql "CREATE FUNCTION keep_sample() RETURNS trigger LANGUAGE plpgsql AS \\$\\$ BEGIN IF random() < 0.0001 THEN RETURN NEW; END IF; RETURN NULL; END \\$\\$; CREATE TRIGGER metrics_sampled BEFORE INSERT ON metrics FOR EACH ROW EXECUTE FUNCTION keep_sample()"; sleep 25`,
    probe: `[ "$(api)" = 200 ] && [ "$(sql "SELECT now() - max(taken_at) > interval '15 seconds' FROM metrics")" = t ] && [ "$(sql "SELECT count(*) FROM pg_trigger WHERE tgname = 'metrics_sampled'")" = 1 ]`,
    within: 25,
    expect: [[/metrics_sampled|keep_sample/]],
    mustNotClaim: [databaseDown, platformDown],
    object: /metrics_sampled|keep_sample/,
  },
  {
    id: 'db-silent-rule',
    cause: 'the rule metrics_frozen does nothing instead of each insert into metrics',
    inject: `sql 'CREATE RULE metrics_frozen AS ON INSERT TO metrics DO INSTEAD NOTHING'; sleep 25`,
    probe: `[ "$(api)" = 200 ] && [ "$(sql "SELECT now() - max(taken_at) > interval '15 seconds' FROM metrics")" = t ] && [ "$(sql "SELECT count(*) FROM pg_rules WHERE tablename = 'metrics'")" = 1 ]`,
    within: 25,
    expect: [[/metrics_frozen/]],
    mustNotClaim: [databaseDown, platformDown],
    object: /metrics_frozen/,
  },
  {
    id: 'db-connect-right',
    cause: 'the database belongs to postgres, and CONNECT is revoked from PUBLIC: the role may not connect',
    inject: `sql 'ALTER DATABASE debvisor OWNER TO postgres; REVOKE CONNECT ON DATABASE debvisor FROM PUBLIC'; restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(api)" = 500 ] && grep -q 'permission denied for database "debvisor"' ${errors}`,
    expect: [[/permission denied for database|CONNECT/, /debvisor/]],
    mustNotClaim: [databaseDown, platformDown, /password/i],
    object: /\bdebvisor\b.*(postgres|PUBLIC|=T)|owner/is,
  },
  {
    id: 'db-connections-refused',
    cause: 'the database debvisor allows no connections (ALLOW_CONNECTIONS false)',
    inject: `runuser -u postgres -- psql -Xq -d postgres -c 'ALTER DATABASE debvisor ALLOW_CONNECTIONS false'; restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(api)" = 500 ] && grep -q 'not currently accepting connections' ${errors}`,
    expect: [[/not (currently )?accept|allow/i, /debvisor/]],
    mustNotClaim: [databaseDown, platformDown, /password/i],
    object: /database\b.*\bdebvisor|allow.*connections/is,
  },
  {
    id: 'db-role-of-role',
    cause: 'the setting role of the role debvisor makes it readonly at each login, which has no rights',
    inject: `sql 'CREATE ROLE readonly NOLOGIN; GRANT readonly TO debvisor; ALTER ROLE debvisor SET role = readonly'; restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(status $front/api/v1/hosts 3)" = 500 ] && grep -q 'permission denied for table hosts' ${errors}`,
    expect: [[/readonly/]],
    mustNotClaim: [databaseDown, platformDown],
    object: /readonly/,
  },
  {
    id: 'db-reserved-slots',
    cause: 'superuser_reserved_connections is 99 of 100: one is left for everybody else',
    inject: `pg_setting 'superuser_reserved_connections = 99'; pg_restart; restart; background bi-tool --uid=debvisor sh -c 'PGPASSWORD=$(sed -n s/^DATABASE_PASSWORD=//p) psql -h localhost -d debvisor -c "SELECT pg_sleep(400)" </dev/null' </opt/debvisor/.env; ${visits(`${front}/api/v1/hosts`)}; clients wall-display-2 $direct/api/v1/hosts; clients wall-display-3 $direct/api/v1/metrics; sleep 2`,
    probe: `grep -q 'remaining connection slots' ${errors}`,
    expect: [[/superuser_reserved_connections|reserved/]],
    mustNotClaim: [databaseDown, platformDown],
    object: /superuser_reserved_connections/,
  },
  {
    id: 'db-hba-ldap',
    cause: 'pg_hba.conf asks an LDAP server, which does not answer, for the logins over TCP',
    inject: `sed -i -E '/^host +all /s/scram-sha-256/ldap ldapserver=127.0.0.1 ldapport=3890 ldapprefix="uid=" ldapsuffix=",ou=people"/' $hba; systemctl reload postgresql@15-main; restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(api)" = 500 ] && grep -q 'LDAP authentication failed' ${errors}`,
    expect: [[/LDAP/i]],
    mustNotClaim: [databaseDown, platformDown],
    object: /ldap/i,
  },
  {
    id: 'db-md5-secret',
    cause: 'the password of the role was set again with password_encryption md5: pg_hba.conf wants SCRAM',
    inject: `sql "ALTER SYSTEM SET password_encryption = 'md5'"; sql 'SELECT pg_reload_conf()'; sleep 1; password=$(sed -n s/^DATABASE_PASSWORD=//p /opt/debvisor/.env); sql "ALTER ROLE debvisor PASSWORD '$password'"; restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(api)" = 500 ] && sql "SELECT rolpassword FROM pg_authid WHERE rolname = 'debvisor'" | grep -q '^md5'`,
    expect: [[/md5|SCRAM secret/i]],
    mustNotClaim: [databaseDown, platformDown],
    object: /password_encryption|role debvisor\b/i,
  },
  {
    id: 'db-sequence-exhausted',
    cause: 'the sequence metrics_id_seq has a MAXVALUE that it has reached: no metrics are stored',
    inject: `sql "DO \\$\\$ BEGIN EXECUTE format('ALTER SEQUENCE metrics_id_seq MAXVALUE %s', (SELECT last_value FROM metrics_id_seq)); END \\$\\$"; sleep 25`,
    probe: `[ "$(api)" = 200 ] && grep -q 'reached maximum value of sequence "metrics_id_seq"' ${errors}`,
    expect: [[/metrics_id_seq/, /max/i]],
    mustNotClaim: [databaseDown, platformDown],
    object: /metrics_id_seq/,
  },
  {
    id: 'db-configuration-owner',
    cause: 'postgresql.conf belongs to root, who alone may read it, since a copy; PostgreSQL was restarted',
    inject: `chown root:root /etc/postgresql/15/main/postgresql.conf; chmod 600 /etc/postgresql/15/main/postgresql.conf; pg_restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(api)" = 500 ] && [ -z "$(ss -Hltn sport = :5432)" ]`,
    expect: [[/postgresql\.conf/, /permission|denied|owner|root|mode|belongs|read/i]],
    mustNotClaim: [platformDown],
    object: /postgresql\.conf/,
  },
  {
    id: 'db-start-conf',
    cause: 'start.conf of the cluster says disabled: PostgreSQL did not come back after a restart',
    inject: `sed -i 's/^auto/disabled/' /etc/postgresql/15/main/start.conf; systemctl daemon-reload; systemctl stop postgresql@15-main; systemctl restart postgresql; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(api)" = 500 ] && [ -z "$(ss -Hltn sport = :5432)" ] && grep -q '^disabled' /etc/postgresql/15/main/start.conf`,
    expect: [[/start\.conf|disabled/]],
    mustNotClaim: [platformDown],
    object: /start\.conf|disabled/,
  },
]

/** Between the browser and the platform. */
const websocket: Unseen<'topic' | 'kind'> = [
  {
    id: 'websocket-proxy-bind',
    cause: 'proxy_bind of /socket.io/ names an address that this host does not have',
    inject: `site_edit '/location .socket.io/a\\        proxy_bind 198.18.0.250;'; sleep 0.5; ${visits(`${front}/socket.io/?EIO=4&transport=polling`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(handshake $direct "$no_header")" = 101 ] && [ "$(handshake $front "$no_header")" = 500 ]`,
    expect: [[/proxy_bind|198\.18\.0\.250|Cannot assign requested address/]],
    mustNotClaim: [platformDown, nginxDown, upgradeHeaders],
    object: /proxy_bind/,
  },
  {
    id: 'websocket-only-get',
    cause: 'limit_except of /socket.io/ refuses POST, which the polling transport sends',
    inject: `site_edit '/location .socket.io/a\\        limit_except GET {\\n            deny all;\\n        }'; sleep 0.5; background wall-display sh -c 'for n in $(seq 160); do curl -s -o /dev/null -m 5 --data 40 "${front}/socket.io/?EIO=4&transport=polling"; sleep 2; done'; sleep 20`,
    probe: `${fine} && post() { curl -s -o /dev/null -w '%{http_code}' -m 5 --data 40 "$1/socket.io/?EIO=4&transport=polling"; } && [ "$(post $direct)" = 200 ] && [ "$(post $front)" = 403 ]`,
    expect: [[/limit_except|POST/, /socket\.io|deny|403|forbid/i]],
    mustNotClaim: [platformDown, nginxDown, upgradeHeaders],
    object: /limit_except|deny all/,
  },
  {
    id: 'websocket-hidden-accept',
    cause: 'proxy_hide_header takes Sec-WebSocket-Accept from the answer: browsers give up, curl does not',
    inject: `site_edit '/location .socket.io/a\\        proxy_hide_header Sec-WebSocket-Accept;'; sleep 0.5; ${dashboards(2)}; sleep 5`,
    probe: `${accept}; ${fine} && [ -n "$(accept $direct)" ] && [ -z "$(accept $front)" ]`,
    expect: [[/proxy_hide_header|Sec-WebSocket-Accept/i]],
    mustNotClaim: [platformDown, nginxDown, upgradeHeaders],
    object: /proxy_hide_header/,
  },
  {
    id: 'websocket-wrong-accept',
    cause: 'a release has a typing error in the GUID of WebSocket: the answer is wrong, browsers give up',
    inject: `sed -i 's/C5AB0DC85B11/C5AB0DC85B1I/' ${code}/realtime.py; restart; ${dashboards(2)}; sleep 5`,
    probe: `${accept}; ${fine} && [ "$(accept $direct)" != "$(printf '%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11' MDEyMzQ1Njc4OWFiY2RlZg== | openssl sha1 -binary | base64)" ]`,
    expect: [[/Sec-WebSocket-Accept|GUID|realtime\.py/i]],
    mustNotClaim: [platformDown, nginxDown, upgradeHeaders],
    object: /realtime\.py/,
  },
  {
    id: 'websocket-cookie-size',
    cause: 'large_client_header_buffers of 1k: browsers with the cookies of the sign-on get 400',
    inject: `echo 'large_client_header_buffers 4 1k;' >/etc/nginx/conf.d/limits.conf; systemctl reload nginx; sleep 0.5; cookie=$(head -c 3000 /dev/zero | tr '\\0' c); background wall-display sh -c "for n in \\$(seq 160); do curl -s -o /dev/null -m 5 -H 'Cookie: session=$cookie' '${front}/'; sleep 2; done"; sleep 20`,
    probe: `${fine} && [ "$(curl -s -o /dev/null -w '%{http_code}' -m 5 -H "Cookie: session=$(head -c 3000 /dev/zero | tr '\\0' c)" $front/)" = 400 ]`,
    expect: [[/large_client_header_buffers|too large/i, /header|cookie/i]],
    mustNotClaim: [platformDown, nginxDown, upgradeHeaders],
    object: /large_client_header_buffers|conf\.d\/limits\.conf/,
  },
  {
    id: 'websocket-daemon-off',
    cause: 'nginx.conf says daemon off, which the unit says too, otherwise: nginx was restarted and fails',
    inject: `sed -i '1i daemon off;' /etc/nginx/nginx.conf; systemctl restart nginx || true; sleep 1`,
    probe: `nginx -t -q && [ "$(systemctl show -P ActiveState nginx)" = failed ] && [ "$(api)" = 000 ]`,
    expect: [[/daemon/, /nginx\.conf|duplicate/]],
    mustNotClaim: [platformDown, databaseDown],
    object: /daemon off/,
  },
  {
    id: 'websocket-nginx-module',
    cause: 'nginx is to load the module geoip2, which is not installed; it was restarted',
    inject: `echo 'load_module modules/ngx_http_geoip2_module.so;' >/usr/share/nginx/modules-available/mod-http-geoip2.conf; ln -s /usr/share/nginx/modules-available/mod-http-geoip2.conf /etc/nginx/modules-enabled/50-mod-http-geoip2.conf; systemctl restart nginx || true; sleep 1`,
    probe: `[ "$(systemctl show -P ActiveState nginx)" = failed ] && [ "$(api)" = 000 ]`,
    expect: [[/geoip2/]],
    mustNotClaim: [platformDown, databaseDown],
    object: /geoip2/,
  },
  {
    id: 'websocket-basic-auth',
    cause: 'auth_basic of the site asks every user for a password: 401',
    inject: `printf 'ops:$apr1$Zk0rV2xH$5q0m0k0QeJv1h2T3y4U5i6\\n' >/etc/nginx/htpasswd; site_edit '/server_name/a\\    auth_basic "Operations";\\n    auth_basic_user_file /etc/nginx/htpasswd;'; sleep 0.5; ${visits(`${front}/`, `${front}/socket.io/?EIO=4&transport=polling`)}`,
    probe: `[ "$(status $direct/ 3)" = 200 ] && [ "$(status $front/ 3)" = 401 ]`,
    expect: [[/auth_basic|401|password/i]],
    mustNotClaim: [platformDown, nginxDown, upgradeHeaders],
    object: /auth_basic/,
  },
  {
    id: 'websocket-loopback-only',
    cause: 'the site listens on 127.0.0.1 only: nobody outside of this host reaches it',
    inject: `sed -i 's/listen 80 default_server/listen 127.0.0.1:80 default_server/' $site; systemctl restart nginx; sleep 1`,
    probe: `${fine} && [ "$(status "http://$(hostname -I | tr -d ' ')/" 3)" = 000 ]`,
    expect: [[/127\.0\.0\.1|loopback/i, /listen/i]],
    mustNotClaim: [platformDown, nginxDown, upgradeHeaders],
    object: /127\.0\.0\.1:80\b/,
  },
  {
    id: 'websocket-client-address',
    cause: 'the client of the last deploy opens /ws/, which nobody serves',
    inject: `sed -i "s|'/socket.io/'|'/ws/'|" ${web}/socket.io.js; ${visits(`${front}/`, `${front}/socket.io/socket.io.js`, `${front}/ws/?EIO=4&transport=websocket`)}`,
    probe: `${fine} && curl -s -m 3 $front/socket.io/socket.io.js | grep -q "'/ws/'" && [ "$(status "$front/ws/?EIO=4&transport=websocket" 3)" = 404 ]`,
    expect: [[/\/ws\//]],
    mustNotClaim: [platformDown, nginxDown, upgradeHeaders],
    object: /socket\.io\.js|\/ws\//,
  },
  {
    id: 'websocket-platform-path',
    cause: 'config.yaml has the realtime path /realtime/; nginx and the client ask /socket.io/',
    inject: `sed -i 's|  path: /socket.io/|  path: /realtime/|' $config; restart; ${visits(`${front}/socket.io/?EIO=4&transport=polling`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(handshake $front "$no_header")" = 404 ] && [ "$(handshake $direct "$no_header")" = 404 ]`,
    expect: [[/\/realtime\//]],
    mustNotClaim: [platformDown, nginxDown, upgradeHeaders],
    object: /\/realtime\//,
  },
  {
    id: 'websocket-loopback-down',
    cause: 'the interface lo is down: nginx reaches no platform, the platform no database',
    inject: `ip link set lo down; sleep 12`,
    probe: `ip link show lo | grep -qv UP && ip link show lo | grep -q 'state DOWN' && [ "$(status $direct/api/health 3)" = 000 ]`,
    expect: [[/\blo\b|loopback/i]],
    mustNotClaim: [platformDown, databaseDown, nginxDown, upgradeHeaders],
    object: /\blo\b|127\.0\.0\.1\/8/,
  },
]

/** It works, and nobody likes to wait for it. */
const performance: Unseen<'topic' | 'kind'> = [
  {
    id: 'performance-single-thread',
    cause: 'a release made the server serve one connection at a time: an open dashboard keeps all others out',
    inject: `sed -i 's/^class Server(ThreadingHTTPServer)/class Server(HTTPServer)/; s/BaseHTTPRequestHandler, ThreadingHTTPServer/BaseHTTPRequestHandler, HTTPServer/' ${code}/server.py; restart; sleep 1; ${dashboards(1)}; sleep 2; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `systemctl is-active -q debvisor && [ "$(status $direct/api/health 4)" = 000 ]`,
    expect: [[/server\.py|one (connection|request|client) at a time|single/i]],
    mustNotClaim: [platformDown, databaseDown],
    object: /server\.py/,
  },
  {
    id: 'performance-collect-interval',
    cause: 'a release has the collector run without a pause: it keeps PostgreSQL and the platform busy',
    inject: `sed -i 's/^COLLECT_EVERY = 5/COLLECT_EVERY = 0/' ${code}/server.py; restart; sleep 15`,
    probe: `[ "$(sql "SELECT count(*) > 2000 FROM metrics WHERE taken_at > now() - interval '10 seconds'")" = t ]`,
    within: 30,
    expect: [
      [/INSERT INTO metrics|COLLECT_EVERY|server\.py|debvisor/i, /CPU|busy|collector|server\.py|INSERT/i],
    ],
    object: /server\.py/,
  },
  {
    id: 'performance-jit',
    cause:
      'jit_above_cost, set by ALTER SYSTEM, is 0: PostgreSQL compiles each query, which takes longer than it',
    inject: `sql 'ALTER SYSTEM SET jit_above_cost = 0'; sql 'ALTER SYSTEM SET jit_inline_above_cost = 0'; sql 'ALTER SYSTEM SET jit_optimize_above_cost = 0'; sql 'SELECT pg_reload_conf()'; sleep 1; for n in 1 2 3 4 5 6 7 8; do clients wall-display-$n "${front}/api/v1/metrics?host=$n"; done; sleep 10`,
    probe: `[ "$(sql 'SHOW jit_above_cost')" = 0 ] && [ "$(for n in 1 2 3 4 5 6; do curl -s -o /dev/null -m 9 -w '%{time_total}\\n' "$front/api/v1/metrics?host=2"; done | awk '{ sum += $1 } END { print (sum > 0.3) }')" = 1 ]`,
    expect: [[/\bjit/i]],
    mustNotClaim: [platformDown, databaseDown],
    object: /jit_(inline_|optimize_)?above_cost/,
  },
  {
    id: 'performance-database-quota',
    cause: 'CPUQuota=2% of a drop-in throttles PostgreSQL',
    inject: `printf '[Service]\\nCPUQuota=2%%\\n' | drop_in postgresql@15-main.service; pg_restart; for n in 1 2 3 4; do clients wall-display-$n "${front}/api/v1/metrics?host=$n"; done; sleep 15`,
    probe: `curl -s -o /dev/null -m 20 -w '%{time_total}' "$front/api/v1/metrics?host=2" | grep -qv '^0\\.[0-2]'`,
    within: 30,
    expect: [[/CPUQuota|throttl|quota/i, /postgresql/i]],
    mustNotClaim: [platformDown, databaseDown],
    object: /postgresql@15-main\.service\.d|CPUQuota/,
  },
  {
    id: 'performance-report-timer',
    cause: 'hosts-report.timer locks the table hosts for 8 of every 10 s: who asks for hosts waits',
    inject: `
      printf '#!/bin/sh\\n# A report in which no host changes.\\nexec psql -Xq -d debvisor -c "BEGIN; LOCK TABLE hosts IN ACCESS EXCLUSIVE MODE; SELECT count(*), pg_sleep(8) FROM hosts WHERE id = 1; COMMIT"\\n' >/usr/local/bin/hosts-report; chmod 755 /usr/local/bin/hosts-report
      printf '[Unit]\\nDescription=Report of the hosts\\n[Service]\\nType=oneshot\\nUser=postgres\\nExecStart=/usr/local/bin/hosts-report\\n' >/etc/systemd/system/hosts-report.service
      printf '[Unit]\\nDescription=Report of the hosts\\n[Timer]\\nOnActiveSec=1\\nOnUnitInactiveSec=2\\nAccuracySec=100ms\\n[Install]\\nWantedBy=timers.target\\n' >/etc/systemd/system/hosts-report.timer
      systemctl daemon-reload; systemctl enable -q --now hosts-report.timer; for n in 1 2 3; do clients wall-display-$n ${front}/api/v1/hosts; done; sleep 12`,
    probe: `[ "$(sql "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'SELECT id, name%'")" = t ]`,
    within: 25,
    expect: [[/hosts-report|LOCK TABLE hosts|psql/]],
    mustNotClaim: [platformDown, databaseDown],
    object: /hosts-report/,
  },
  {
    id: 'performance-ping-flood',
    cause: 'ping_interval of config.yaml is 0: the platform pings each open dashboard without a pause',
    inject: `sed -i 's/^  ping_interval: .*/  ping_interval: 0/' $config; restart; sleep 1; ${dashboards(3)}; sleep 8`,
    probe: `[ "$(awk '{print $14 + $15}' /proc/$(unit MainPID)/stat)" -gt 200 ]`,
    within: 25,
    expect: [[/ping_interval|debvisor/, /ping_interval|CPU/]],
    mustNotClaim: [platformDown, databaseDown],
    object: /ping_interval/,
  },
]

export const newestUnseenFaults: Unseen<'kind'> = [
  ...service.map((one) => ({ ...one, topic: 'service' }) as const),
  ...db.map((one) => ({ ...one, topic: 'db' }) as const),
  ...websocket.map((one) => ({ ...one, topic: 'websocket' }) as const),
  ...performance.map((one) => ({ ...one, topic: 'performance' }) as const),
]

const crashing = `
  printf '#!/usr/bin/python3\\nimport time\\n\\ntime.sleep(1)\\nraise RuntimeError("cannot reach the metrics gateway")\\n' >/usr/local/bin/metrics-agent; chmod 755 /usr/local/bin/metrics-agent
  printf '[Unit]\\nDescription=Agent of the metrics gateway\\nStartLimitIntervalSec=0\\n[Service]\\nExecStart=/usr/local/bin/metrics-agent\\nRestart=always\\nRestartSec=2\\n' >/etc/systemd/system/metrics-agent.service
  systemctl daemon-reload; systemctl start metrics-agent`

/** One quiet cause beside something loud that harms nobody. */
const lookAlikes: Unseen<'kind'> = [
  {
    id: 'lookalike-crash-loop-and-client',
    topic: 'websocket',
    cause: 'the client of the last deploy asks for EIO=3; metrics-agent, unrelated, crashes again and again',
    inject: `${crashing}; sed -i 's|EIO=4|EIO=3|' ${web}/socket.io.js; ${visits(`${front}/`, `${front}/socket.io/socket.io.js`, `${front}/socket.io/?EIO=3&transport=websocket`)}`,
    probe: `[ "$(api)" = 200 ] && curl -s -m 3 $front/socket.io/socket.io.js | grep -q 'EIO=3' && [ "$(systemctl show -P NRestarts metrics-agent)" -ge 3 ]`,
    expect: [[/EIO=3|protocol|socket\.io\.js/i]],
    mustNotClaim: [/metrics-agent/, platformDown, databaseDown, nginxDown],
    object: /socket\.io\.js|EIO=3/,
  },
  {
    id: 'lookalike-backup-login-and-role',
    topic: 'db',
    cause:
      'the setting role of the role debvisor takes its rights; a backup program fails to log in all the time',
    inject: `background nightly-backup sh -c 'for n in $(seq 240); do PGPASSWORD=old psql -h localhost -U backup -d debvisor -c "SELECT 1" 2>/dev/null; sleep 1; done'; sql 'CREATE ROLE viewer NOLOGIN; GRANT viewer TO debvisor; ALTER ROLE debvisor IN DATABASE debvisor SET role = viewer'; restart; ${visits(`${front}/api/v1/hosts`)}`,
    probe: `[ "$(status $front/api/v1/hosts 3)" = 500 ] && grep -q 'permission denied for table hosts' ${errors} && grep -c 'password authentication failed for user "backup"' /var/log/postgresql/postgresql-15-main.log`,
    expect: [[/viewer/]],
    mustNotClaim: [/password|backup/i, platformDown, databaseDown],
    object: /viewer/,
  },
  {
    id: 'lookalike-other-site-and-upgrade-variable',
    topic: 'websocket',
    cause:
      'the location /socket.io/ sends an empty Upgrade, as its variable is misspelt; the upstream of another site refuses its users',
    inject: `printf 'server {\\n    listen 80;\\n    server_name wiki.internal;\\n    location / {\\n        proxy_pass http://127.0.0.1:9000;\\n    }\\n}\\n' >/etc/nginx/conf.d/wiki.conf; site_edit 's/Upgrade $http_upgrade/Upgrade $http_upgrades/'; sleep 0.5; background wiki-reader sh -c 'for n in $(seq 240); do curl -s -o /dev/null -m 5 -H "Host: wiki.internal" ${front}/; sleep 1; done'; ${visits(`${front}/socket.io/?EIO=4&transport=polling`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(handshake $direct "$no_header")" = 101 ] && [ "$(handshake $front "$no_header")" = 400 ] && grep -c 'wiki.internal' /var/log/nginx/error.log`,
    expect: [[/upgrade/i]],
    mustNotClaim: [/9000|wiki/, platformDown, databaseDown, nginxDown],
    object: /http_upgrades/,
  },
  {
    id: 'lookalike-killed-job-and-hidden-path',
    topic: 'service',
    cause:
      'InaccessiblePaths of a drop-in hides config.yaml; an import, unrelated, is killed by its own memory limit',
    inject: `for n in 1 2 3; do background import-$n -p MemoryMax=20M python3 -c 'held = bytearray(90 << 20)'; sleep 1; done; printf '[Service]\\nInaccessiblePaths=/etc/debvisor\\n' | drop_in debvisor.service; restart`,
    probe: `is_failed && [ "$(api)" = 502 ] && runuser -u debvisor -- cat $config`,
    expect: [[/InaccessiblePaths/]],
    mustNotClaim: [/memory|\bOOM\b|import-/i, databaseDown],
    object: dropIn('InaccessiblePaths'),
  },
  {
    id: 'lookalike-full-scratch-and-default',
    topic: 'db',
    cause: 'the default of metrics.taken_at was dropped; a small tmpfs that nobody needs is full',
    inject: `install -d /srv/scratch; mount -t tmpfs -o size=8m tmpfs /srv/scratch; fill /srv/scratch/render.cache; sql 'ALTER TABLE metrics ALTER taken_at DROP DEFAULT'; sleep 25`,
    probe: `[ "$(api)" = 200 ] && grep -q 'null value in column "taken_at"' ${errors} && [ "$(df --output=pcent /srv/scratch | tail -1 | tr -d ' %')" = 100 ]`,
    expect: [[/taken_at/, /null/i]],
    mustNotClaim: [/scratch/, platformDown, databaseDown],
    object: /taken_at/,
  },
  {
    id: 'lookalike-batch-and-slow-view',
    topic: 'performance',
    cause:
      'hosts is a view that counts all metrics for each host; a batch job of low priority uses what is left of the CPUs',
    inject: `
      background checksum-archive -p CPUQuota=40% -p Nice=19 sh -c 'while :; do :; done'
      sql "SET ROLE debvisor; INSERT INTO metrics (host_id, taken_at, cpu, memory) SELECT 1 + n % 8, now() - n * interval '1 second', 1, 1 FROM generate_series(1, 300000) AS n; ALTER TABLE hosts RENAME TO hosts_base; CREATE VIEW hosts AS SELECT id, name, CASE WHEN (SELECT avg(cpu * memory + length(taken_at::text)) FROM metrics WHERE host_id = b.id) IS NULL THEN 'new' ELSE state END AS state, seen_at FROM hosts_base AS b"; sql 'ANALYZE metrics'
      for n in 1 2 3; do clients wall-display-$n ${front}/api/v1/hosts; done; sleep 10`,
    probe: `[ "$(sql "SELECT relkind FROM pg_class WHERE relname = 'hosts'")" = v ] && curl -s -o /dev/null -m 20 -w '%{time_total}' $front/api/v1/hosts | grep -qv '^0\\.[0-2]'`,
    within: 25,
    expect: [[/SELECT id, name, state FROM hosts|\bhosts\b.*view|view.*\bhosts\b|hosts_base/is]],
    mustNotClaim: [/checksum-archive/, platformDown, databaseDown],
    object: /hosts_base|view\b.*\bhosts|\bhosts\b.*view/is,
  },
]

/** Two causes, both to be named. */
const pairs: Unseen<'kind'> = [
  {
    id: 'pair-column-type-and-sequence',
    topic: 'db',
    cause:
      'a migration made hosts.seen_at a bigint, so that touch fails; the sequence metrics_id_seq is exhausted',
    inject: `sql "ALTER TABLE hosts ALTER seen_at DROP DEFAULT, ALTER seen_at TYPE bigint USING extract(epoch FROM seen_at)::bigint; DO \\$\\$ BEGIN EXECUTE format('ALTER SEQUENCE metrics_id_seq MAXVALUE %s', (SELECT last_value FROM metrics_id_seq)); END \\$\\$"; ${visits(`${front}/api/v1/touch?host=2`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(status $front/api/v1/touch 3)" = 500 ] && grep -q 'column "seen_at" is of type bigint' ${errors} && grep -q 'reached maximum value' ${errors}`,
    expect: [
      [/seen_at/, /bigint|type/i],
      [/metrics_id_seq/, /max/i],
    ],
    mustNotClaim: [platformDown, databaseDown],
    object: [/seen_at/, /metrics_id_seq/],
  },
  {
    id: 'pair-proxy-bind-and-raising-trigger',
    topic: 'websocket',
    cause: 'proxy_bind of /socket.io/ names a foreign address; a trigger of metrics raises an error',
    inject: `site_edit '/location .socket.io/a\\        proxy_bind 198.18.0.250;'; sql "CREATE FUNCTION require_site() RETURNS trigger LANGUAGE plpgsql AS \\$\\$ BEGIN RAISE EXCEPTION 'metrics need a site'; END \\$\\$; CREATE TRIGGER metrics_site BEFORE INSERT ON metrics FOR EACH ROW EXECUTE FUNCTION require_site()"; ${visits(`${front}/socket.io/?EIO=4&transport=polling`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(handshake $front "$no_header")" = 500 ] && grep -q 'metrics need a site' ${errors}`,
    expect: [[/proxy_bind|198\.18\.0\.250|Cannot assign/], [/metrics need a site|require_site|metrics_site/]],
    mustNotClaim: [platformDown, databaseDown, upgradeHeaders],
    object: [/proxy_bind/, /require_site|metrics_site/],
  },
  {
    id: 'pair-config-path-and-refused-connections',
    topic: 'service',
    cause:
      'ExecStart of a drop-in names config.yml, which does not exist; the database allows no connections',
    inject: `printf '[Service]\\nExecStart=\\nExecStart=/opt/debvisor/bin/debvisor-server --config /etc/debvisor/config.yml\\n' | drop_in debvisor.service; restart; runuser -u postgres -- psql -Xq -d postgres -c 'ALTER DATABASE debvisor ALLOW_CONNECTIONS false'`,
    probe: `is_failed && [ "$(api)" = 502 ] && [ "$(runuser -u postgres -- psql -XqAt -d postgres -c "SELECT datallowconn FROM pg_database WHERE datname = 'debvisor'")" = f ]`,
    expect: [[/config\.yml/], [/(not (currently )?accept|allow).*connection/i]],
    mustNotClaim: [databaseDown],
    object: [dropIn('config\\.yml'), /database\b.*\bdebvisor|allow.*connections/is],
  },
  {
    id: 'pair-nginx-module-and-start-conf',
    topic: 'websocket',
    cause:
      'nginx is to load a module that is not installed; PostgreSQL did not come back, as start.conf says disabled',
    inject: `echo 'load_module modules/ngx_http_brotli_filter_module.so;' >/etc/nginx/modules-enabled/60-brotli.conf; systemctl restart nginx || true; sed -i 's/^auto/disabled/' /etc/postgresql/15/main/start.conf; systemctl daemon-reload; systemctl stop postgresql@15-main; systemctl restart postgresql; sleep 8`,
    probe: `[ "$(api)" = 000 ] && [ -z "$(ss -Hltn sport = :5432)" ] && [ "$(systemctl show -P ActiveState nginx)" = failed ]`,
    expect: [[/brotli/], [/start\.conf|postgres|15.main/i, /disabled|down|stopped|not running|inactive/i]],
    mustNotClaim: [platformDown],
    object: [/brotli/, /start\.conf/],
  },
  {
    id: 'pair-file-size-and-web-mode',
    topic: 'service',
    cause: 'LimitFSIZE=2K of a drop-in stops the snapshots; index.html may be read by root only',
    inject: `printf '[Service]\\nLimitFSIZE=2K\\n' | drop_in debvisor.service; chown root:root ${web}/index.html; chmod 600 ${web}/index.html; restart; ${visits(`${front}/`)}`,
    probe: `[ "$(api)" = 200 ] && [ "$(status $front/ 3)" = 500 ] && journalctl -q -u debvisor -n 300 | grep -q 'File too large'`,
    expect: [
      [/LimitFSIZE|file too large|file size/i],
      [/index\.html/, /permission|denied|mode|owner|readable|belongs/i],
    ],
    mustNotClaim: [platformDown, databaseDown],
    object: [dropIn('LimitFSIZE'), /index\.html/],
  },
  {
    id: 'pair-jit-and-exports',
    topic: 'performance',
    cause: 'jit_above_cost is 0, so that each query is compiled; export jobs keep both CPUs busy',
    inject: `for setting in jit_above_cost jit_inline_above_cost jit_optimize_above_cost; do sql "ALTER SYSTEM SET $setting = 0"; done; sql 'SELECT pg_reload_conf()'; for n in 1 2; do background site-export-$n nice -n 5 python3 -c 'while True: pass'; done; for n in 1 2; do clients wall-display-$n "${front}/api/v1/metrics?host=$n"; done; sleep 10`,
    probe: `[ "$(sql 'SHOW jit_above_cost')" = 0 ] && [ "$(pgrep -fc 'while True: pass')" -ge 2 ]`,
    expect: [[/\bjit/i], [/site-export|python3/, /\bCPUs?\b/]],
    mustNotClaim: [platformDown, databaseDown],
    object: [/jit_(inline_|optimize_)?above_cost/, /site-export/],
  },
]

export const newestUnseenPairs: Unseen<'kind'> = [...lookAlikes, ...pairs]

/** What somebody changed, and well. */
export const newestUnseenHealthyHosts: Unseen<'kind' | 'expect'> = [
  {
    id: 'healthy-moved-configuration',
    topic: 'service',
    cause: 'config.yaml is a link to a file with the same text in /srv',
    inject: `install -d /srv/config; mv $config /srv/config/debvisor.yaml; ln -s /srv/config/debvisor.yaml $config; restart; sleep 1`,
    probe: `${fine} && [ -L $config ]`,
  },
  {
    id: 'healthy-new-release',
    topic: 'service',
    cause: 'a release changed comments, a version and the text of a page; the platform was restarted',
    inject: `sed -i '1a# Reviewed for 2.4.2.' ${code}/server.py ${code}/realtime.py; sed -i 's|DebVisor/2.4.1|DebVisor/2.4.2|' ${code}/server.py; sed -i 's/"version": "2.4.1"/"version": "2.4.2"/' /opt/debvisor/package.json; sed -i 's|<h1>Dashboard</h1>|<h1>All hosts</h1>|' ${web}/index.html; restart; sleep 1`,
    probe: `${fine} && grep -q 2.4.2 /opt/debvisor/package.json`,
  },
  {
    id: 'healthy-rotated-password',
    topic: 'db',
    cause: 'the password of the role was changed in PostgreSQL and in .env',
    inject: `password=$(openssl rand -hex 12); sql "ALTER ROLE debvisor PASSWORD '$password'"; sed -i "s/^DATABASE_PASSWORD=.*/DATABASE_PASSWORD=$password/" /opt/debvisor/.env; restart; sleep 1; touch /var/lib/debvisor/.rotated`,
    probe: `${fine} && [ -e /var/lib/debvisor/.rotated ]`,
  },
  {
    id: 'healthy-renamed-index',
    topic: 'db',
    cause:
      'the index of metrics was made anew under another name, a column and a check that always holds were added',
    inject: `sql 'SET ROLE debvisor; CREATE INDEX metrics_by_host ON metrics (host_id, taken_at DESC); DROP INDEX metrics_host_taken; ALTER TABLE hosts ADD note text; ALTER TABLE metrics ADD CONSTRAINT cpu_not_negative CHECK (cpu >= 0)'`,
    probe: `${fine} && [ "$(sql "SELECT count(*) FROM pg_indexes WHERE indexname = 'metrics_by_host'")" = 1 ]`,
  },
  {
    id: 'healthy-split-site',
    topic: 'websocket',
    cause: 'the headers of the site stand in a file that it includes; its meaning is the same',
    inject: `printf 'proxy_http_version 1.1;\\nproxy_set_header Host $host;\\nproxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\\nproxy_set_header Upgrade $http_upgrade;\\nproxy_set_header Connection "upgrade";\\n' >/etc/nginx/snippets/upgrade.conf; sed -i '/location .socket.io/,/}/{/proxy_http_version/d; /proxy_set_header/d; s|proxy_pass .*|&\\n        include snippets/upgrade.conf;|}' $site; systemctl restart nginx; sleep 1`,
    probe: `${fine} && grep -q snippets/upgrade.conf $site`,
  },
  {
    id: 'healthy-second-site',
    topic: 'websocket',
    cause: 'a site of plain files with basic auth was added for another name',
    inject: `printf 'server {\\n    listen 80;\\n    server_name docs.internal;\\n    auth_basic "Documents";\\n    auth_basic_user_file /etc/nginx/htpasswd;\\n    root /var/www/html;\\n}\\n' >/etc/nginx/conf.d/docs.conf; printf 'ops:$apr1$Zk0rV2xH$5q0m0k0QeJv1h2T3y4U5i6\\n' >/etc/nginx/htpasswd; systemctl reload nginx; sleep 1; for n in 1 2 3; do curl -s -o /dev/null -H 'Host: docs.internal' $front/; done`,
    probe: `${fine} && [ "$(curl -s -o /dev/null -w '%{http_code}' -m 3 -H 'Host: docs.internal' $front/)" = 401 ]`,
  },
  {
    id: 'healthy-larger-limits',
    topic: 'performance',
    cause: 'sysctls, work_mem and the limits of both units were raised; PostgreSQL was restarted',
    inject: `printf 'net.core.somaxconn = 8192\\nnet.ipv4.ip_local_port_range = 16384 60999\\n' >/etc/sysctl.d/90-tuning.conf; sysctl -qp /etc/sysctl.d/90-tuning.conf; pg_setting 'work_mem = 16MB'; pg_setting 'max_connections = 150'; printf '[Service]\\nLimitNOFILE=8192\\n' | drop_in debvisor.service; pg_restart; restart; sleep 2`,
    probe: `${fine} && [ "$(sql 'SHOW work_mem')" = 16MB ]`,
  },
]
