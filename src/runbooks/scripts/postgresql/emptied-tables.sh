#!/bin/sh
# Which tables lose many of their rows, and which of their triggers remove them?
#
# Reads: the counters of tables, the code of their triggers.
# Prints: CSV: table, live rows, rows added, rows removed since its counters began (-1: it is empty, in a file that is not its first one, as after
#   TRUNCATE), a trigger that deletes from it (-: none), seconds that it lets rows stay (-1: it does not say); then === end.
# Needs: psql; a role.
# Arguments: pgPort, pgDatabase, psqlHost.

# shellcheck disable=SC2034
pgPort=$1 pgDatabase=$2 psqlHost=$3
. ./psql.sh
ask "$@" -p "$pgPort" -d "$pgDatabase" -X -w -q --csv -t -c "
  select s.relname, s.n_live_tup, s.n_tup_ins,
    case when s.n_live_tup = 0 and c.relpages = 0 and c.relfilenode not in (0, c.oid) and s.n_tup_del < greatest(s.n_tup_ins, 1) then -1 else s.n_tup_del end,
    coalesce(t.tgname, '-'), coalesce(extract(epoch from substring(lower(p.prosrc) from
      'interval\s+''(\d+ ?(?:second|minute|hour|day|week|month|year)s?)''')::interval)::bigint, -1)
  from pg_stat_user_tables s join pg_class c on c.oid = s.relid
    left join lateral (select g.tgname, g.tgfoid from pg_trigger g join pg_proc f on f.oid = g.tgfoid
      where not g.tgisinternal and g.tgenabled in ('O', 'A')
        and f.prosrc ~* ('delete\s+from\s+(only\s+)?(\w+[.])?' || regexp_replace(s.relname, '[^A-Za-z0-9_]', '.', 'g') || '\M') limit 1) t on true
    left join pg_proc p on p.oid = t.tgfoid
  where s.n_tup_del >= 50 and s.n_tup_del * 2 >= s.n_live_tup or s.n_live_tup = 0 and (s.n_tup_del > 0 or c.relpages = 0 and c.relfilenode not in (0, c.oid))
  order by s.n_live_tup = 0 and c.relfilenode not in (0, c.oid) desc, s.n_tup_del desc limit 20" || exit
echo '=== end'
