#!/bin/sh
# Does one unit flood the journal?
#
# The newest 4,000 lines: how long they took, and whose they are.
#
# Reads: the newest 4,000 lines of the journal.
# Prints: a line a unit: its lines, all lines, seconds, name; then === end.
# Needs: to read the system journal (77 where it may not).

. ../shared/may-read.sh
if journal_closed; then
  refuse 'the system journal, or there is none'
fi
# "Wed 2026-11-25 19:06:00 UTC host unit.service[97]: text" (journalctl(1), with-unit).
journalctl -q -n 4000 --no-pager -o with-unit | awk '
  { at = $2 " " $3 " " $4; name = $6; sub(/(\[[0-9]+\])?:$/, "", name) }
  NR == 1 { first = at }
  { last = at; lines[name]++ }
  END { print first; print last; for (name in lines) print lines[name], NR, name }' |
  {
    read -r first && read -r last || exit 0
    span=$(( $(date -d "$last" +%s) - $(date -d "$first" +%s) + 1 ))
    while read -r lines all name; do printf '%s\t%s\t%s\t%s\n' "$lines" "$all" "$span" "$name"; done
  } | sort -rn | head -n 5
echo '=== end'
