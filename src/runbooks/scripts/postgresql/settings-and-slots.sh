#!/bin/sh
# What holds PostgreSQL up without a session of its own?
#
# Any login of the database may read these views.
#
# Reads: settings, roles, prepared transactions, locks, slots, policies, dead rows.
# Prints: CSV: kind, name, value, number; then === end.
# Needs: psql; a role.
# Arguments: pgPort, pgDatabase.

pgPort=$1 pgDatabase=$2
. ./psql.sh
ask "$@" -p "$pgPort" -d "$pgDatabase" -X -w -q --csv -t -c "
  select 'setting', name, setting, 0 from pg_settings where setting <> '' and
    name in ('synchronous_standby_names', 'statement_timeout', 'work_mem', 'idle_in_transaction_session_timeout',
      'idle_session_timeout', 'lock_timeout')
  union all select 'role', coalesce(r.rolname, 'all roles') || ' in ' || coalesce(d.datname, 'all databases'), c, 0
    from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole
      left join pg_database d on d.oid = s.setdatabase, unnest(s.setconfig) c
  union all select 'prepared', gid, 'of ' || owner || ' in ' || database,
      extract(epoch from now() - prepared)::bigint
    from pg_prepared_xacts
  union all select 'held', regexp_replace(relation::regclass::text, '^public[.]', ''), mode, 0
    from pg_locks where pid is null and relation is not null
  union all select 'slot', slot_name, case when active then 'active' else 'inactive' end, coalesce(pg_wal_lsn_diff(
    case when pg_is_in_recovery() then pg_last_wal_receive_lsn() else pg_current_wal_lsn() end, restart_lsn), 0)::bigint
    from pg_replication_slots
  -- Row level security, for the roles that it holds for: no superuser, no bypassrls, no owner unless it is forced.
  union all select 'policy', c.relname, 'for ' || r.rolname || ': ' || coalesce((select string_agg(p.polname || ' ' ||
      coalesce(pg_get_expr(p.polqual, p.polrelid), ''), '; ')
      from pg_policy p where p.polrelid = c.oid), 'no policy, so no row'),
      coalesce(s.n_live_tup, 0)
    from pg_class c
      join pg_roles r on r.rolcanlogin and not r.rolsuper and not r.rolbypassrls
        and has_table_privilege(r.oid, c.oid, 'select')
      left join pg_stat_user_tables s on s.relid = c.oid
    where c.relrowsecurity and (c.relforcerowsecurity or c.relowner <> r.oid)
  union all (select 'dead', schemaname || '.' || relname, n_live_tup::text, n_dead_tup from pg_stat_user_tables
    where n_dead_tup > 10000 and n_dead_tup > 10 * n_live_tup order by n_dead_tup desc limit 5)
  limit 60" || exit
echo '=== end'
