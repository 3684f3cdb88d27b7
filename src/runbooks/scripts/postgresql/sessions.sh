#!/bin/sh
# What do the sessions of PostgreSQL do?
#
# Reads: pg_stat_activity.
# Prints: CSV, oldest transaction first, then === end.
# Needs: psql; a role with pg_monitor (69 where nobody listens).
# Arguments: pgHost, pgPort.

pgHost=$1 pgPort=$2
if [ "$(id -u)" = 0 ]; then set -- runuser -u postgres -- psql -d postgres; else set -- psql -h "$pgHost" -d postgres; fi
[ "$(id -u)" = 0 ] || ! [ -d /var/run/postgresql ] || set -- psql -d postgres
# Nobody listens: 69, which is no matter of rights.
ask() {
  { said=$("$@" 2>&1 >&3); } 3>&1 && return
  code=$?
  printf '%s\n' "$said" >&2
  case $said in *'Connection refused'* | *'No such file or directory'*) code=69 ;; esac
  return $code
}
export PGCONNECT_TIMEOUT=4 PGOPTIONS='-c statement_timeout=4000'
cd / && ask "$@" -p "$pgPort" -X -w -q --csv -t -c "
  select pid, coalesce(usename, ''), coalesce(datname, ''), coalesce(application_name, ''), coalesce(host(client_addr), 'local'),
    coalesce(state, '?'), coalesce(wait_event_type, ''), coalesce(extract(epoch from now() - xact_start)::int, -1),
    coalesce(extract(epoch from now() - state_change)::int, -1), coalesce(extract(epoch from now() - query_start)::int, -1),
    array_to_string(pg_blocking_pids(pid), ' '), left(regexp_replace(query, '\s+', ' ', 'g'), 160)
  from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()
  order by xact_start nulls last, state_change limit 120" && echo '=== end'
