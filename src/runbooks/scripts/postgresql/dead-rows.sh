#!/bin/sh
# Are scans slow for dead rows, and what keeps vacuum from them?
#
# Reads: statistics twice, a second and a half apart; snapshots, slots and settings.
# Prints: lines reads, holder and off: kind, name, three values; then === end.
# Needs: psql; a role with pg_monitor.
# Arguments: pgPort, pgDatabase, psqlHost.

pgPort=$1 pgDatabase=$2 psqlHost=$3
. ./psql.sh
sample() {
  ask "$@" -p "$pgPort" -d "$pgDatabase" -X -w -q -At -F "$(printf '\t')" -c "
    select s.schemaname || '.' || s.relname, coalesce(io.heap_blks_read, 0) + coalesce(io.heap_blks_hit, 0),
      s.seq_scan + coalesce(s.idx_scan, 0)
    from pg_stat_user_tables s join pg_statio_user_tables io using (relid)
    where s.n_dead_tup > 10000 order by s.n_dead_tup desc limit 20"
}
before=$(sample "$@") || exit
sleep 1.5
after=$(sample "$@") || exit
{ printf '%s\n' "$before"; echo; printf '%s\n' "$after"; } | awk -F '\t' '
  NF == 0 { second = 1; next }
  !second { blocks[$1] = $2; scans[$1] = $3; next }
  { printf "reads\t%s\t%d\t%d\t\n", $1, $2 - blocks[$1], $3 - scans[$1] }' || exit
ask "$@" -p "$pgPort" -d "$pgDatabase" -X -w -q -At -F "$(printf '\t')" -c "
  (select 'holder', 'pid ' || pid || ' (' || coalesce(usename, '') ||
        case when application_name = '' then '' else ', ' || application_name end || ')',
      age(backend_xmin), extract(epoch from now() - xact_start)::bigint,
      coalesce(state, '') || ': ' || left(regexp_replace(query, '[[:space:]]+', ' ', 'g'), 120)
    from pg_stat_activity where backend_xmin is not null and pid <> pg_backend_pid()
      and now() - xact_start > case when state like 'idle in transaction%' then interval '5 s' else interval '60 s' end
    order by age(backend_xmin) desc, xact_start limit 3)
  union all select 'holder', 'prepared transaction ' || gid, age(transaction),
      extract(epoch from now() - prepared)::bigint, 'prepared'
    from pg_prepared_xacts
  union all (select 'holder', 'replication slot ' || slot_name, greatest(age(xmin), age(catalog_xmin)), 0,
      case when active then 'active' else 'inactive' end
    from pg_replication_slots where xmin is not null limit 5)
  union all select 'off', 'autovacuum', 0, 0, 'autovacuum = off'
    from pg_settings where name = 'autovacuum' and setting = 'off'
  union all (select 'off', regexp_replace(c.oid::regclass::text, '^public[.]', ''), 0, 0,
      array_to_string(c.reloptions, ', ') from pg_class c
    where array_to_string(c.reloptions, ',') ~ 'autovacuum_enabled=(false|off|0|no)' limit 10)" || exit
echo '=== end'
