#!/bin/sh
# What did each unit of this host ask DebVisor's database last?
#
# ss names the control group of the client's end of a connection over TCP, PostgreSQL its port. By a socket file nobody can tell.
#
# Reads: ss, pg_stat_activity; nginx's configuration, for the port of another release.
# Prints: a line a session, tab-separated: unit, pid, role, seconds since it changed its state, the first words of what it asked last; a line a file of
#   nginx that names the port: nginx, 0, -, 0, file; then === end.
# Needs: ss (127 without it); psql; a role with pg_monitor (69 where nobody listens).
# Arguments: pgPort, pgDatabase, psqlHost, nginxFile, port of the other release (none: it listens on no port).

pgPort=$1 pgDatabase=$2 psqlHost=$3 nginx=${4%/*} port=$5
command -v ss >/dev/null || exit 127
ends=$(ss -Htne state established dport = ":$pgPort") || exit
. ./psql.sh
sessions=$(ask "$@" -p "$pgPort" -d "$pgDatabase" -X -w -q -At -F "$(printf '\t')" -c "
  select client_port, pid, usename, greatest(extract(epoch from now() - state_change)::int, 0),
    coalesce(substring(regexp_replace(query, '\s+', ' ', 'g') from '^\s*((?:[[:alpha:]_]+ ){0,2}[[:alnum:]_.\"]+)'), '-')
  from pg_stat_activity where backend_type = 'client backend' and datname = current_database() and client_port > 0
  order by state_change desc limit 200") || exit
{ printf '%s\n' "$ends"; echo '=== sessions'; printf '%s\n' "$sessions"; } | awk -F '\t' '
  $0 == "=== sessions" { sessions = 1; next }
  !sessions && match($0, / cgroup:[^ ]*/) {
    group = substr($0, RSTART, RLENGTH); sub(/.*\//, "", group)
    split($0, field, " +"); port = field[3]; sub(/.*:/, "", port); unit[port] = group
  }
  sessions && ($1 in unit) { printf "%s\t%s\t%s\t%s\t%s\n", unit[$1], $2, $3, $4, $5 }'
if [ "$port" != none ]; then
  grep -RlE "^[^#]*:$port([^0-9]|\$)" "$nginx/nginx.conf" "$nginx/conf.d" "$nginx/sites-enabled" 2>/dev/null | head -n 5 |
    while read -r file; do printf 'nginx\t0\t-\t0\t%s\n' "$file"; done
fi
echo '=== end'
