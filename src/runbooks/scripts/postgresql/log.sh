#!/bin/sh
# What did PostgreSQL say since its last start, in its log and its journal?
#
# Reads: the newest log file, the journal of its units.
# Prints: now=SECONDS zone=OFFSET, then the newest lines.
# Needs: to read the log where there is one, and the journal where there is none (77 where it may not).
# Arguments: pgLog.

. ../shared/may-read.sh
folder=$1
if closed "$folder" || closed "$folder/any.log"; then refuse "$folder"; fi
# The newest one; find does not sort.
# shellcheck disable=SC2012
log=$(ls -t -- "$folder"/*.log 2>/dev/null | head -n 1)
[ -z "$log" ] || ! closed "$log" || refuse "$log"
journal=yes
if journal_closed; then
  journal=no
  [ -n "$log" ] || refuse 'the system journal, and there is no log file of PostgreSQL'
fi
date "+now=%s zone=%z"
# From its last start that succeeded: what it said before is history.
[ -z "$log" ] || tail -n 300 -- "$log" |
  awk '/ready to accept connections/ { n = 0 } { line[n++] = $0 } END { for (i = 0; i < n; i++) print line[i] }' |
  tail -n 80 | cut -c1-300
[ $journal = no ] || journalctl -q -u 'postgresql*' -n 40 --no-pager -o short-iso | tail -n 200 | sed 's/^\([^ ]*\) [^ ]* /\1 /' | cut -c1-400
exit 0
