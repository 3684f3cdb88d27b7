#!/bin/sh
# What do the sessions of PostgreSQL do?
#
# Reads: pg_stat_activity, pg_locks.
# Prints: CSV, oldest transaction first, then === end. Of who waits for a lock its kind, of an advisory one its key.
# Needs: psql; a role with pg_monitor (69 where nobody listens).
# Arguments: pgPort, psqlHost.

pgPort=$1 psqlHost=$2
. ./psql.sh
set -- "$@" -d postgres
# Without that folder psql does not look for the socket file there.
[ "$psqlHost" != local ] || [ "$(id -u)" = 0 ] || [ -d /var/run/postgresql ] || set -- "$@" -h localhost
ask "$@" -p "$pgPort" -X -w -q --csv -t -c "
  -- Advisory locks: by one number of 64 bits, or by two of 32.
  with asked as materialized (
    select pid, case objsubid when 1 then (classid::bigint << 32 | objid::bigint)::text else classid || ', ' || objid end as key
    from pg_locks where not granted and locktype = 'advisory')
  select pid, coalesce(usename, ''), coalesce(datname, ''), coalesce(application_name, ''),
    coalesce(host(client_addr), 'local'), coalesce(state, '?'), coalesce(case wait_event_type when 'Lock' then
      'Lock: ' || wait_event || coalesce((select ' (key ' || key || ')' from asked where asked.pid = a.pid limit 1), '') else
      wait_event_type end, ''), coalesce(extract(epoch from now() - xact_start)::int, -1),
    coalesce(extract(epoch from now() - state_change)::int, -1),
    coalesce(extract(epoch from now() - query_start)::int, -1),
    array_to_string(pg_blocking_pids(pid), ' '), left(regexp_replace(query, '\s+', ' ', 'g'), 160)
  from pg_stat_activity a where backend_type = 'client backend' and pid <> pg_backend_pid()
  order by xact_start nulls last, state_change limit 120" && echo '=== end'
