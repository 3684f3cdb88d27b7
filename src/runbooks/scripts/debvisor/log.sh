#!/bin/sh
# What did DebVisor say last, in its error logs and its journal?
#
# All with their ages, so that yesterday's errors are not taken for today's.
#
# Reads: the error log, the files that its unit or gunicorn's arguments log to, the journal of the unit in its namespace.
# Prints: now=SECONDS zone=OFFSET written=SECONDS, then the newest lines of each; then === end.
# Needs: to read the logs that are there, and the journal where there is none (77 where it may not).
# Arguments: errorLog, unit.

. ../shared/may-read.sh
. ../shared/log-lines.sh
log=$1 unit=$2
shown=$(systemctl show "$unit" -p StandardError -p StandardOutput -p ExecStart -p LogNamespace 2>/dev/null)
logs=$(printf '%s\n' "$shown" |
  sed -nE 's,^Standard(Error|Output)=(append|file|truncate):(/.*),\3,p; s,^ExecStart=.* --(error-logfile|log-file)[= ](/[^ ;]+).*,\2,p' |
  grep -vxF -e "$log" -e /dev/null -e /dev/stderr -e /dev/stdout | sort -u | head -n 4)
namespace=$(printf '%s\n' "$shown" | sed -n 's/^LogNamespace=//p')
set -f
found=
for each in "$log" $logs; do
  if closed "$each"; then refuse "$each"; fi
  if [ -e "$each" ]; then found=yes; fi
done
journal=yes
if journal_closed; then
  journal=no
  [ -n "$found" ] || refuse "the system journal, and there is no $log"
fi
written=
[ -e "$log" ] && written=$(stat -c ' written=%Y' -- "$log")
date "+now=%s zone=%z$written"
for each in $logs "$log"; do
  [ -f "$each" ] && tail -n 60 -- "$each" | shorten 300 | newest 15000
done
if [ $journal = yes ]; then
  entries=$(journalctl -q ${namespace:+"--namespace=$namespace"} -u "$unit" -n 60 --no-pager -o short-iso)
  # What a signal ended was not all; without entries newer versions exit with 1.
  [ $? -lt 128 ] || exit
  [ -z "$entries" ] || printf '%s\n' "$entries" | tail -n 200 | sed 's/^\([^ ]*\) [^ ]* /\1 /' | shorten 400 | abridge | newest 30000
fi
echo '=== end'
