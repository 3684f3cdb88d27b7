#!/bin/sh
# How fast do sessions, commits, deadlocks and temporary files come?
#
# Reads: pg_stat_database twice, a second apart.
# Prints: a line a database: name, sessions, commits, deadlocks, bytes of temporary files; then === end.
# Needs: psql; a role with pg_monitor.
# Arguments: pgPort, pgDatabase, psqlHost.

pgPort=$1 pgDatabase=$2 psqlHost=$3
. ./psql.sh
# Sessions are counted from PostgreSQL 14 on.
sample() {
  ask "$@" -p "$pgPort" -d "$pgDatabase" -X -w -q -At -F "$(printf '\t')" -c "
    select datname, coalesce((to_jsonb(s)->>'sessions')::bigint, 0), xact_commit, deadlocks, temp_bytes
    from pg_stat_database s where datname is not null order by xact_commit desc limit 20"
}
before=$(sample "$@") || exit
sleep 1
after=$(sample "$@") || exit
{ printf '%s\n' "$before"; echo; printf '%s\n' "$after"; } | awk -F '\t' '
  NF == 0 { second = 1; next }
  !second { s[$1] = $2; c[$1] = $3; d[$1] = $4; t[$1] = $5; next }
  { printf "%s\t%d\t%d\t%d\t%d\n", $1, $2 - s[$1], $3 - c[$1], $4 - d[$1], $5 - t[$1] }'
echo '=== end'
