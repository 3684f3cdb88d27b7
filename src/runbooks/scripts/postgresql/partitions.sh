#!/bin/sh
# Which partitions are there?
#
# Reads: pg_inherits.
# Prints: CSV: table, partition, bound; then === end.
# Needs: psql; a role.
# Arguments: pgPort, pgDatabase, psqlHost.

pgPort=$1 pgDatabase=$2 psqlHost=$3
. ./psql.sh
ask "$@" -p "$pgPort" -d "$pgDatabase" -X -w -q --csv -t -c "
  select p.relname, regexp_replace(c.oid::regclass::text, '^public[.]', ''), pg_get_expr(c.relpartbound, c.oid)
  from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
  where c.relispartition order by c.oid desc limit 100" || exit
echo '=== end'
