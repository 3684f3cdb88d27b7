import type { Fault } from './fault.ts'

const headers = /upgrade header/i
const down = /PostgreSQL is (down|not running)|cluster .* is down/i

/** The platform cannot use its database. */
export const dbFaults: readonly Omit<Fault, 'topic' | 'kind'>[] = [
  {
    id: 'db-stopped',
    cause: 'the cluster 15/main is stopped',
    inject: `systemctl stop postgresql@15-main`,
    probe: `[ "$(api)" = 500 ] && pg_lsclusters -h | grep -q down`,
    expect: [[/15.main|postgres/i, /down|stopped|not running|inactive/i]],
    mustNotClaim: [/password/i, headers],
    short: true,
  },
  {
    id: 'db-wrong-password',
    cause: '.env has a password that is not the role’s',
    inject: `sed -i 's/^DATABASE_PASSWORD=.*/DATABASE_PASSWORD=changed-by-hand/' /opt/debvisor/.env; restart`,
    probe: `[ "$(api)" = 500 ] && tail -40 /var/log/debvisor/error.log | grep -q 'password authentication failed'`,
    expect: [[/password/i, /debvisor/]],
    mustNotClaim: [down, /expire/i],
    short: true,
  },
  {
    id: 'db-slots',
    cause: 'idle transactions of another program hold all connections',
    inject: `
      systemctl stop debvisor; sql 'CREATE ROLE reporting LOGIN'; useradd -r reporting
      background reporting --uid=reporting python3 -c "
import psycopg2, time
held = []
try:
    while True:
        one = psycopg2.connect('dbname=postgres user=reporting application_name=reporting')
        one.cursor().execute('SELECT 1')
        held.append(one)
except psycopg2.OperationalError:
    time.sleep(500)
"
      sleep 2; restart`,
    probe: `[ "$(api)" = 500 ] && tail -60 /var/log/debvisor/error.log | grep -qE 'remaining connection slots|too many clients'`,
    expect: [[/slots|max_connections|connections/i, /idle in transaction/i, /reporting/]],
    mustNotClaim: [down],
  },
  {
    id: 'db-moved-port',
    cause: 'PostgreSQL listens on 5433, the platform asks 5432',
    inject: `sed -i 's/^port = 5432/port = 5433/' /etc/postgresql/15/main/postgresql.conf; pg_restart`,
    probe: `[ "$(api)" = 500 ] && ss -Hltn sport = :5433 | grep -q 5433`,
    expect: [[/5433/]],
    mustNotClaim: [down],
  },
  {
    id: 'db-config-port',
    cause: 'config.yaml names port 5434, where nothing listens',
    inject: `sed -i 's/^  port: 5432/  port: 5434/' $config; restart`,
    probe: `[ "$(api)" = 500 ] && pg_isready -q -h localhost -p 5432`,
    expect: [[/5434/]],
    mustNotClaim: [down],
  },
  {
    id: 'db-hba-reject',
    cause: 'a reject line of pg_hba.conf refuses the role',
    inject: `sed -i '1i host debvisor debvisor all reject' $hba; systemctl reload postgresql@15-main; sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'debvisor'" >/dev/null`,
    probe: `[ "$(api)" = 500 ] && tail -40 /var/log/debvisor/error.log | grep -q 'pg_hba.conf rejects'`,
    expect: [[/pg_hba/i, /reject/i]],
    mustNotClaim: [down, /password/i],
  },
  {
    id: 'db-hba-missing',
    cause: 'pg_hba.conf has no line for the platform’s connection',
    inject: `sed -i '/^host/d' $hba; systemctl reload postgresql@15-main; sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'debvisor'" >/dev/null`,
    probe: `[ "$(api)" = 500 ] && tail -40 /var/log/debvisor/error.log | grep -q 'no pg_hba.conf entry'`,
    expect: [[/pg_hba/i, /entry|line|missing|no /i]],
    mustNotClaim: [down, /password/i],
  },
  {
    id: 'db-hba-syntax',
    cause: 'pg_hba.conf has a line that PostgreSQL cannot read, and it was restarted',
    inject: `echo 'host all all 127.0.0.1/33 scram-sha-256' >>$hba; pg_restart`,
    probe: `[ "$(api)" = 500 ] && pg_lsclusters -h | grep -q down`,
    expect: [[/pg_hba\.conf/, /line|127\.0\.0\.1\/33|invalid/i]],
  },
  {
    id: 'db-disk-full',
    cause: 'the disk of PostgreSQL’s data directory is full',
    inject: `systemctl stop postgresql@15-main; fallocate -l 2800M /var/tmp/core.dump; fill /var/tmp/core.dump.1; pg_restart`,
    probe: `[ "$(api)" = 500 ] && [ "$(df --output=pcent / | tail -1 | tr -d ' %')" = 100 ]`,
    expect: [[/full|space|100 ?%/i, /\/var\/lib\/postgresql|^\/$|\s\/(\s|$)/m]],
  },
  {
    id: 'db-data-owner',
    cause: 'the data directory of the cluster belongs to root',
    inject: `systemctl stop postgresql@15-main; chown root:root /var/lib/postgresql/15/main; pg_restart`,
    probe: `[ "$(api)" = 500 ] && [ "$(stat -c %U /var/lib/postgresql/15/main)" = root ]`,
    expect: [[/\/var\/lib\/postgresql\/15\/main/, /own|permission/i]],
  },
  {
    id: 'db-data-missing',
    cause: 'the data directory of the cluster is gone',
    inject: `systemctl stop postgresql@15-main; mv /var/lib/postgresql/15/main /var/lib/postgresql/15/main.bak; pg_restart`,
    probe: `[ "$(api)" = 500 ] && [ ! -d /var/lib/postgresql/15/main ]`,
    expect: [[/\/var\/lib\/postgresql\/15\/main/, /missing|not exist|gone|no such|not accessible/i]],
  },
  {
    id: 'db-bad-setting',
    cause: 'postgresql.conf has a value that PostgreSQL refuses, and it was restarted',
    inject: `pg_setting 'shared_buffers = lots'; pg_restart`,
    probe: `[ "$(api)" = 500 ] && pg_lsclusters -h | grep -q down`,
    expect: [[/shared_buffers/]],
  },
  {
    id: 'db-too-much-memory',
    cause: 'shared_buffers is larger than the memory of the host',
    inject: `pg_setting 'shared_buffers = 900GB'; pg_restart`,
    probe: `[ "$(api)" = 500 ] && pg_lsclusters -h | grep -q down`,
    expect: [[/shared_buffers|shared memory/, /memory/i]],
  },
  {
    id: 'db-port-taken',
    cause: 'another program listens on 5432, so that PostgreSQL cannot start',
    inject: `systemctl stop postgresql@15-main; background metrics-exporter python3 -m http.server --bind :: 5432; sleep 1; pg_restart`,
    probe: `[ "$(api)" = 500 ] && pg_lsclusters -h | grep -q down && ss -Hltn sport = :5432 | grep -q 5432`,
    expect: [[/5432/, /python3|metrics-exporter/]],
  },
  {
    id: 'db-listens-nowhere',
    cause: 'listen_addresses is empty: no TCP',
    inject: `pg_setting "listen_addresses = ''"; pg_restart`,
    probe: `[ "$(api)" = 500 ] && ! ss -Hltn sport = :5432 | grep -q 5432 && sql 'SELECT 1'`,
    expect: [[/listen_addresses|does not listen|no TCP|TCP/i]],
    mustNotClaim: [down],
  },
  {
    id: 'db-firewall',
    cause: 'a rule of nftables drops what goes to 5432',
    inject: `nft add table inet guard; nft 'add chain inet guard in { type filter hook input priority 0; }'; nft add rule inet guard in tcp dport 5432 drop; sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'debvisor'" >/dev/null`,
    probe: `[ "$(api)" != 200 ] && ! pg_isready -q -t 2 -h localhost && sql 'SELECT 1'`,
    within: 20,
    expect: [[/firewall|nft|drop/i, /5432/]],
    mustNotClaim: [down],
  },
  {
    id: 'db-role-limit',
    cause: 'the role may have no more connections',
    inject: `sql 'ALTER ROLE debvisor CONNECTION LIMIT 0'; restart`,
    probe: `[ "$(api)" = 500 ] && tail -40 /var/log/debvisor/error.log | grep -q 'too many connections for role'`,
    expect: [[/connection limit|connections for role/i, /debvisor/]],
    mustNotClaim: [down],
  },
  {
    id: 'db-database-limit',
    cause: 'the database may have no more connections',
    inject: `sql 'ALTER DATABASE debvisor CONNECTION LIMIT 0'; restart`,
    probe: `[ "$(api)" = 500 ] && tail -40 /var/log/debvisor/error.log | grep -q 'too many connections for database'`,
    expect: [[/connection limit|connections for database/i, /debvisor/]],
    mustNotClaim: [down],
  },
  {
    id: 'db-password-expired',
    cause: 'the password of the role has expired',
    inject: `sql "ALTER ROLE debvisor VALID UNTIL '2024-01-01'"; restart`,
    probe: `[ "$(api)" = 500 ] && [ "$(sql "SELECT rolvaliduntil < now() FROM pg_roles WHERE rolname = 'debvisor'")" = t ]`,
    expect: [[/expire/i, /debvisor/]],
    mustNotClaim: [down],
  },
  {
    id: 'db-role-nologin',
    cause: 'the role may not log in',
    inject: `sql 'ALTER ROLE debvisor NOLOGIN'; restart`,
    probe: `[ "$(api)" = 500 ] && tail -40 /var/log/debvisor/error.log | grep -q 'not permitted to log in'`,
    expect: [[/log ?in/i, /debvisor/]],
    mustNotClaim: [down],
  },
  {
    id: 'db-database-missing',
    cause: 'there is no database of the configured name',
    inject: `systemctl stop debvisor; runuser -u postgres -- psql -Xq -d postgres -c 'ALTER DATABASE debvisor RENAME TO debvisor_2023'; systemctl start debvisor`,
    probe: `[ "$(api)" = 500 ] && tail -40 /var/log/debvisor/error.log | grep -q 'database "debvisor" does not exist'`,
    expect: [[/database/i, /debvisor/, /not exist|missing|no database/i]],
    mustNotClaim: [down],
  },
  {
    id: 'db-name-resolution',
    cause: '/etc/hosts gives localhost another address',
    inject: `sed -i 's/^127.0.0.1 localhost/198.18.0.250 localhost/; s/^::1 .*//' /etc/hosts; restart`,
    probe: `[ "$(api)" != 200 ] && getent hosts localhost | grep -q 198.18.0.250`,
    within: 20,
    expect: [[/localhost/, /hosts|resol|198\.18\.0\.250/i]],
    mustNotClaim: [down],
  },
  {
    id: 'db-lock',
    cause: 'a session holds an exclusive lock on the table hosts',
    inject: `background schema-change --uid=postgres psql -X -d debvisor -c 'BEGIN' -c 'LOCK TABLE hosts IN ACCESS EXCLUSIVE MODE' -c 'SELECT pg_sleep(500)'; clients wall-display $direct/api/v1/hosts; sleep 1`,
    probe: `[ "$(status $direct/api/v1/hosts 2)" = 000 ] && [ "$(sql "SELECT count(*) > 0 FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0")" = t ]`,
    expect: [[/lock|block/i, /hosts/]],
    mustNotClaim: [down],
  },
  {
    id: 'db-read-only',
    cause: 'the database is set to read-only transactions',
    inject: `sql 'ALTER DATABASE debvisor SET default_transaction_read_only = on'; restart`,
    probe: `[ "$(status $direct/api/v1/touch 3)" = 500 ] && tail -40 /var/log/debvisor/error.log | grep -q 'read-only transaction'`,
    expect: [[/read.?only/i]],
    mustNotClaim: [down],
  },
  {
    id: 'db-standby',
    cause: 'the cluster is a standby: a standby.signal was left in its data directory',
    inject: `systemctl stop postgresql@15-main; runuser -u postgres -- touch /var/lib/postgresql/15/main/standby.signal; pg_restart; restart`,
    probe: `[ "$(status $direct/api/v1/touch 3)" = 500 ] && [ "$(sql 'SELECT pg_is_in_recovery()')" = t ]`,
    expect: [[/recovery|standby/i]],
    mustNotClaim: [down],
  },
  {
    id: 'db-tls-key',
    cause: 'PostgreSQL refuses its TLS key because everybody may read it',
    inject: `chmod 644 /etc/ssl/private/ssl-cert-snakeoil.key; pg_restart`,
    probe: `[ "$(api)" = 500 ] && pg_lsclusters -h | grep -q down`,
    expect: [[/key/i, /ssl-cert-snakeoil|permission|mode|world access/i]],
  },
  {
    id: 'db-table-rights',
    cause: 'the role lost its rights on the table hosts',
    inject: `sql 'ALTER TABLE hosts OWNER TO postgres; REVOKE ALL ON hosts FROM debvisor'`,
    probe: `[ "$(status $direct/api/v1/hosts 3)" = 500 ] && tail -40 /var/log/debvisor/error.log | grep -q 'permission denied for table hosts'`,
    expect: [[/permission|privilege|grant/i, /hosts/]],
    mustNotClaim: [down],
  },
  {
    id: 'db-out-of-memory',
    cause: 'MemoryMax of a drop-in kills PostgreSQL',
    inject: `printf '[Service]\\nMemoryMax=9M\\n' | drop_in postgresql@15-main.service; pg_restart`,
    probe: `[ "$(api)" = 500 ] && [ "$(systemctl show -P ActiveState postgresql@15-main)" != active ]`,
    expect: [[/postgres/i, /memory|OOM/i]],
  },
]
