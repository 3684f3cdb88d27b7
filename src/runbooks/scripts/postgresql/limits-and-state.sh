#!/bin/sh
# How many connections are left, does it take writes, are its files valid?
#
# Reads: pg_stat_activity, settings, and two views of files where the role may read them.
# Prints: key=value lines: slots, reserved, used, recovery, readOnly, rejected, badSettings; collation for each database whose
#   collation has another version than the system's, with both.
# Needs: psql; a role with pg_monitor (69 where nobody listens).
# Arguments: pgPort, psqlHost.

pgPort=$1 psqlHost=$2
. ./psql.sh
# Of a server on another host nothing is known but that this one's has nothing to do with it.
[ "$psqlHost" != elsewhere ] || { printf 'slots=0\nused=0\nbadSettings=\n'; exit; }
ask "$@" -d postgres -p "$pgPort" -X -w -q -At -v ON_ERROR_STOP=1 <<'SQL'
-- First: of an answer that breaks off the beginning is left.
select :SERVER_VERSION_NUM >= 150000 as "since15" \gset
\if :since15
  select 'collation=' || datname || ' has ' || datcollversion || ', the system ' || pg_database_collation_actual_version(oid)
  from pg_database where datcollversion <> pg_database_collation_actual_version(oid);
\endif
select 'slots=' || current_setting('max_connections')
union all select 'reserved=' || current_setting('superuser_reserved_connections')
union all select 'used=' || count(*) from pg_stat_activity where backend_type = 'client backend'
union all select 'recovery=' || pg_is_in_recovery()
union all select 'readOnly=' || current_setting('default_transaction_read_only');
-- Both views are a superuser's, pg_monitor does not open them; merely to name one is an error then.
select has_table_privilege('pg_hba_file_rules', 'select') and has_function_privilege('pg_hba_file_rules()', 'execute') as hba,
  has_table_privilege('pg_file_settings', 'select') and has_function_privilege('pg_show_all_file_settings()', 'execute') as files \gset
\if :hba
  select 'rejected=' || coalesce(string_agg(line_number || ': ' || type || ' ' || array_to_string(database, ',') || ' ' ||
    array_to_string(user_name, ',') || ' ' || coalesce(address, '') || ' ' || auth_method, '; '), '')
  from pg_hba_file_rules where auth_method = 'reject';
\endif
\if :files
  -- A valid value that takes a restart has the same error as a wrong one; only the former is pending.
  select 'badSettings=' || coalesce(string_agg(sourcefile || ':' || sourceline || ' ' || name || ': ' || error, '; '), '')
  from pg_file_settings f where error is not null
    and not coalesce((select s.pending_restart from pg_settings s where lower(s.name) = lower(f.name)), false);
\endif
SQL
