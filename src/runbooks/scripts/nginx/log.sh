#!/bin/sh
# What did nginx say last, in its error log and its journal?
#
# Reads: the error log, the journal of the unit.
# Prints: now=SECONDS zone=OFFSET, then the newest lines.
# Needs: to read the log where there is one, and the journal where there is none (77 where it may not).
# Arguments: nginxLog, nginxUnit.

. ../shared/may-read.sh
log=$1 nginxUnit=$2
if closed "$log"; then refuse "$log"; fi
journal=yes
if journal_closed; then
  journal=no
  [ -e "$log" ] || refuse "the system journal, and there is no $log"
fi
date '+now=%s zone=%z'
[ -e "$log" ] && tail -n 60 -- "$log" | cut -c1-400
[ $journal = no ] || journalctl -q -u "$nginxUnit" -n 20 --no-pager -o short-iso | sed 's/^\([^ ]*\) [^ ]* /\1 /' | cut -c1-400
exit 0
