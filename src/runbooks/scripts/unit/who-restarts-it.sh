#!/bin/sh
# Who restarts DebVisor again and again?
#
# systemd keeps no record of who asked for a restart. But what a job started right before each stop is told to do can be read.
#
# Reads: the journal of systemd, sudo and cron of the last ten minutes; systemctl show; commands, and the scripts that they name.
# Prints: a line each, tab-separated: kind, name, how many stops it came right before, what triggers it, the file of that (or of itself),
#   what that waits for, its command. Kinds: job (a unit whose command restarts DebVisor), cron, person (by sudo), login (a terminal
#   that is open), named (a file that has such a command, FILE:LINE); then === end.
# Needs: perl-base; to read the system journal (77 where it may not).
# Arguments: unit.

. ../shared/may-read.sh
if journal_closed; then refuse 'the system journal'; fi
id=$(systemctl show "$1" -p Id --value) || exit
journalctl -q --since=-10min --no-pager -o short-unix _PID=1 + _COMM=sudo + _COMM=cron + _COMM=crond |
  grep -E ' systemd\[1\]: (Starting|Started|Stopping) | CMD \(| sudo.*COMMAND=' | tail -n 600 | cut -c1-400 |
  perl ./who-restarts-it.pl "$id"
