#!/bin/sh
# Which sessions are idle in a transaction, and since which one?
#
# Those that others wait for first, then the longest idle. A pid is given to another session sooner or later, and a
# session goes on to its next transaction; with the moment in which its transaction began it names that one
# transaction.
#
# Reads: pg_stat_activity.
# Prints: CSV: pid, milliseconds since 1970 when its transaction began.
# Needs: psql; a role with pg_monitor.
# Arguments: pgPort, psqlHost.

pgPort=$1 psqlHost=$2
. ./psql.sh
set -- "$@" -d postgres
# Without that folder psql does not look for the socket file there.
[ "$psqlHost" != local ] || [ "$(id -u)" = 0 ] || [ -d /var/run/postgresql ] || set -- "$@" -h localhost
ask "$@" -p "$pgPort" -X -w -q --csv -t -c "
  select pid, floor(extract(epoch from xact_start) * 1000)::bigint
  from pg_stat_activity a
  where backend_type = 'client backend' and pid <> pg_backend_pid() and state like 'idle in transaction%'
  order by exists (select from pg_stat_activity b where a.pid = any(pg_blocking_pids(b.pid))) desc, state_change
  limit 20"
