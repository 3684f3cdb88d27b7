#!/bin/sh
# Does what PostgreSQL refuses go on?
#
# Reads: DebVisor's log and PostgreSQL's, until one grows, for six seconds at most.
# Prints: now=SECONDS zone=OFFSET, then lines with debvisor or postgres before them; then === end.
# Needs: to read them; it is asked only where they were read before.
# Arguments: errorLog, pgLog, unit.

told=$1 pgLog=$2 unit=$3
# The newest one; find does not sort.
# shellcheck disable=SC2012
server=$(ls -t -- "$pgLog"/*.log 2>/dev/null | head -n 1)
own() {
  if [ -r "$told" ]; then
    tail -n 120 -- "$told"
  else
    journalctl -q -u "$unit" -n 120 --no-pager -o short-iso
  fi
}
length() {
  {
    [ ! -r "$told" ] || wc -c <"$told"
    [ ! -r "$server" ] || grep -cE '(ERROR|FATAL|PANIC): ' -- "$server"
  } | paste -sd' ' -
}
before=$(length)
for _ in 1 2 3 4 5 6; do
  sleep 1
  [ "$(length)" = "$before" ] || { sleep 0.3; break; }
done
date "+now=%s zone=%z"
own | cut -c1-300 | sed 's/^/debvisor /'
# From its last start that succeeded: what it said before is history.
[ ! -r "$server" ] || tail -n 300 -- "$server" |
  awk '/ready to accept connections/ { n = 0 } { line[n++] = $0 } END { for (i = 0; i < n; i++) print line[i] }' |
  tail -n 120 | cut -c1-300 | sed 's/^/postgres /'
echo '=== end'
