#!/bin/sh
# Does what PostgreSQL refuses go on?
#
# Reads: DebVisor's log and PostgreSQL's, until one grows, for six seconds at most.
# Prints: now=SECONDS zone=OFFSET, then lines with debvisor or postgres before them; then === end.
# Needs: to read them; it is asked only where they were read before.
# Arguments: errorLog, pgLog, unit, pgPort, pgData.

. ./log-files.sh
told=$1 pgLog=$2 unit=$3 pgPort=$4 pgData=$5
places=$(log_places "$pgLog" "$pgPort" "$pgData" no 2>/dev/null)
server=$(printf '%s\n' "$places" | tail -n 1 | cut -f 2)
# A server writes what it says itself into its log, and its program may say more in the journal.
own() {
  if [ -r "$told" ]; then tail -n 120 -- "$told"; fi
  journalctl -q -u "$unit" -n 60 --no-pager -o short-iso 2>/dev/null | tail -n 300
}
length() {
  {
    [ ! -r "$told" ] || wc -c <"$told"
    [ ! -r "$server" ] || grep -cE '(ERROR|FATAL|PANIC)(: |,|")' -- "$server"
  } | paste -sd' ' -
}
before=$(length)
for _ in 1 2 3 4 5 6; do
  sleep 1
  [ "$(length)" = "$before" ] || { sleep 0.3; break; }
done
date "+now=%s zone=%z"
own | perl ./json-tracebacks.pl | cut -c1-300 | sed 's/^/debvisor /'
printf '%s\n' "$places" | log_lines | sed 's/^/postgres /'
echo '=== end'
