#!/bin/sh
# Is what DebVisor's database lacks in another one of this host?
#
# Reads: pg_lsclusters; the catalogues of each cluster that runs, and of six databases in each.
# Prints: a line a database: cluster, port, database, tables of its own, 1 if one is called as is told (0: none is, -: nothing is told), 1 if
#   the role is there and may log in; a cluster that lets this login not in has - in place of the database; then === end.
# Needs: psql, pg_lsclusters (127 without them); a role in the other cluster, else it is not known what that has.
# Arguments: pgPort, pgDatabase, pgUser, relation (0: none).

# shellcheck disable=SC2034
pgPort=$1 pgDatabase=$2 pgUser=$3 relation=${4#0}
command -v pg_lsclusters >/dev/null || exit 127
. ./psql.sh
clusters=$(pg_lsclusters --no-header) || exit
quoted() { printf %s "$1" | sed "s/'/''/g"; }
command=$*
# A word of the command is a word.
# shellcheck disable=SC2086
one() { ask $command -p "$1" -d "$2" -X -w -q -A -t -F '	' -c "$3" </dev/null 2>/dev/null; } # PORT DATABASE SQL
printf '%s\n' "$clusters" | awk '$4 ~ /^online/ { print $1 "-" $2, $3 }' | head -n 6 | while read -r cluster port; do
  role=$(one "$port" postgres "select count(*) from pg_roles where rolcanlogin and rolname = '$(quoted "$pgUser")'") || {
    printf '%s\t%s\t-\t0\t-\t0\n' "$cluster" "$port"
    continue
  }
  # The one of DebVisor's name first. A name with = would be taken for where to connect to (psql(1), -d).
  one "$port" postgres "select datname from pg_database where datallowconn and not datistemplate and datname <> 'postgres' and datname ~ '^[A-Za-z0-9_.-]+$'
    order by datname <> '$(quoted "$pgDatabase")', datname limit 6" | while IFS= read -r database; do
    found=$(one "$port" "$database" "select count(*), count(*) filter (where relname = '$(quoted "$relation")')
      from pg_class c join pg_namespace n on n.oid = relnamespace
      where relkind in ('r', 'p', 'v', 'm', 'f') and nspname !~ '^pg_' and nspname <> 'information_schema'") || continue
    tables=${found%%	*} named=${found##*	}
    [ "$named" = 0 ] || named=1
    [ -n "$relation" ] || named=-
    printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$cluster" "$port" "$database" "$tables" "$named" "$role"
  done
done
echo '=== end'
