#!/bin/sh
# What began right before DebVisor was killed, again and again?
#
# These are the lines from which the parser `beside-deaths` tells it.
#
# Reads: the journal of systemd and cron of the last half hour.
# Prints: Id=UNIT, then lines of what began, what ended by itself and which main process was killed.
# Needs: to read the system journal (77 where it may not).
# Arguments: unit.

. ../shared/may-read.sh
unit=$1
if journal_closed; then
  refuse 'the system journal, or there is none'
fi
systemctl show "$unit" -p Id || exit
journalctl -q --since=-30min --no-pager -o short-unix _PID=1 + _COMM=cron | tail -n 3000 |
  grep -E ' systemd\[1\]: .*(Starting|Started|Finished|Main process exited|Deactivated|Succeeded)| CMD \(' |
  tail -n 300 | cut -c1-200
exit 0
