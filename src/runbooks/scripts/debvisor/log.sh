#!/bin/sh
# What did DebVisor say last, in its error log and its journal?
#
# Both with their ages, so that yesterday's errors are not taken for today's.
#
# Reads: the error log, the journal of the unit.
# Prints: now=SECONDS zone=OFFSET written=SECONDS, then the newest lines.
# Needs: to read the log where there is one, and the journal where there is none (77 where it may not).
# Arguments: errorLog, unit.

. ../shared/may-read.sh
log=$1 unit=$2
if closed "$log"; then refuse "$log"; fi
journal=yes
if journal_closed; then
  journal=no
  [ -e "$log" ] || refuse "the system journal, and there is no $log"
fi
written=
[ -e "$log" ] && written=$(stat -c ' written=%Y' -- "$log")
date "+now=%s zone=%z$written"
[ -e "$log" ] && tail -n 60 -- "$log" | cut -c1-300
[ $journal = no ] || journalctl -q -u "$unit" -n 60 --no-pager -o short-iso | sed 's/^\([^ ]*\) [^ ]* /\1 /' | cut -c1-400
exit 0
