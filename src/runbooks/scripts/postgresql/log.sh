#!/bin/sh
# What did PostgreSQL say since its last start, in its log and its journal?
#
# Reads: the newest log file, the journal of its units.
# Prints: now=SECONDS zone=OFFSET, then the newest lines.
# Needs: to read the log where there is one, and the journal where there is none (77 where it may not).
# Arguments: pgLog.

folder=$1
# What may not be read, or lies behind a folder that may not be passed, where nobody can say that it is not there.
closed() {
  at=$1
  until [ -e "$at" ]; do at=$(dirname -- "$at"); done
  if [ "$at" = "$1" ]; then [ ! -r "$at" ]; else [ -d "$at" ] && [ ! -x "$at" ]; fi
}
refuse() { echo "this login may not read $1" >&2; exit 77; }
if closed "$folder" || closed "$folder/any.log"; then refuse "$folder"; fi
log=$(ls -t -- "$folder"/*.log 2>/dev/null | head -n 1)
[ -z "$log" ] || ! closed "$log" || refuse "$log"
journal=yes
if journalctl -n 0 2>&1 >/dev/null | grep -qE 'not seeing messages|insufficient permissions|No journal files'; then
  journal=no
  [ -n "$log" ] || { echo 'there is no PostgreSQL log file, and this login may not read the system journal' >&2; exit 77; }
fi
date "+now=%s zone=%z"
# From its last start that succeeded: what it said before is history.
[ -z "$log" ] || tail -n 300 -- "$log" |
  awk '/ready to accept connections/ { n = 0 } { line[n++] = $0 } END { for (i = 0; i < n; i++) print line[i] }' |
  tail -n 80 | cut -c1-300
[ $journal = no ] || journalctl -q -u 'postgresql*' -n 40 --no-pager -o short-iso | sed 's/^\([^ ]*\) [^ ]* /\1 /' | cut -c1-400
exit 0
