#!/bin/sh
# What do the sessions of PostgreSQL do?
#
# Reads: pg_stat_activity.
# Prints: CSV, oldest transaction first, then === end.
# Needs: psql; a role with pg_monitor (69 where nobody listens).
# Arguments: pgHost, pgPort.

pgHost=$1 pgPort=$2
. ./psql.sh
set -- "$@" -d postgres
# Where it is elsewhere, there is no socket.
[ "$(id -u)" = 0 ] || [ -d /var/run/postgresql ] || set -- "$@" -h "$pgHost"
ask "$@" -p "$pgPort" -X -w -q --csv -t -c "
  select pid, coalesce(usename, ''), coalesce(datname, ''), coalesce(application_name, ''),
    coalesce(host(client_addr), 'local'), coalesce(state, '?'), coalesce(wait_event_type, ''), coalesce(extract(epoch from now() - xact_start)::int, -1),
    coalesce(extract(epoch from now() - state_change)::int, -1),
    coalesce(extract(epoch from now() - query_start)::int, -1),
    array_to_string(pg_blocking_pids(pid), ' '), left(regexp_replace(query, '\s+', ' ', 'g'), 160)
  from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()
  order by xact_start nulls last, state_change limit 120" && echo '=== end'
