#!/bin/sh
# Which tables are read from end to end?
#
# Rows read by sequential scans between two samples, of tables with more than 10,000 rows.
#
# Reads: pg_stat_user_tables twice, a second apart.
# Prints: a line a table: name, scans, rows, both since the statistics began, index scans, rows alive; then === end.
# Needs: psql; a role (69 where nobody listens).
# Arguments: pgPort, pgDatabase, psqlHost.

pgPort=$1 pgDatabase=$2 psqlHost=$3
. ./psql.sh
sample() {
  ask "$@" -p "$pgPort" -d "$pgDatabase" -X -w -q -At -F "$(printf '\t')" -c "
    select schemaname || '.' || relname, seq_scan, seq_tup_read, coalesce(idx_scan, 0), n_live_tup
    from pg_stat_user_tables where n_live_tup > 10000 order by seq_tup_read desc limit 20"
}
before=$(sample "$@") || exit
sleep 1
after=$(sample "$@") || exit
{ printf '%s\n' "$before"; echo; printf '%s\n' "$after"; } | awk -F '\t' '
  NF == 0 { second = 1; next }
  !second { scans[$1] = $2; rows[$1] = $3; next }
  { printf "%s\t%d\t%d\t%d\t%d\t%d\n", $1, $2 - scans[$1], $3 - rows[$1], $2, $4, $5 }' || exit
echo '=== end'
