#!/bin/sh
# Which indexes are broken, and which may plans not use?
#
# Reads: pg_index, settings.
# Prints: CSV: kind, table or setting, name, definition; then === end.
# Needs: psql; a role.
# Arguments: pgPort, pgDatabase, psqlHost.

pgPort=$1 pgDatabase=$2 psqlHost=$3
. ./psql.sh
ask "$@" -p "$pgPort" -d "$pgDatabase" -X -w -q --csv -t -c "
  select 'invalid', n.nspname || '.' || t.relname, c.relname, left(pg_get_indexdef(c.oid), 200)
    from pg_index i join pg_class c on c.oid = i.indexrelid
      join pg_class t on t.oid = i.indrelid join pg_namespace n on n.oid = t.relnamespace
    where not (i.indisvalid and i.indisready) and n.nspname not in ('pg_toast', 'pg_catalog')
      and not exists (select from pg_stat_progress_create_index p where p.index_relid = c.oid)
  union all select 'setting', name, setting, coalesce(sourcefile || ':' || sourceline, source) from pg_settings
    where name in ('enable_indexscan', 'enable_bitmapscan') and setting = 'off'
  limit 40" || exit
echo '=== end'
