#!/bin/sh
# What did Socket.IO say last?
#
# Reads: its own log, else DebVisor's error log and journal.
# Prints: now=SECONDS zone=OFFSET, then the newest lines.
# Needs: to read that log, or the journal where there is none (77 where it may not).
# Arguments: socketioLog, errorLog, unit.

. ../shared/may-read.sh
log=$1 other=$2 unit=$3
if closed "$log"; then refuse "$log"; fi
if [ ! -e "$log" ]; then
  if closed "$other"; then refuse "$other"; fi
  if [ ! -e "$other" ] && journal_closed; then
    refuse 'the system journal, and there is no other log'
  fi
fi
date '+now=%s zone=%z'
if [ -e "$log" ]; then tail -n 50 -- "$log" | cut -c1-300
else
  [ ! -e "$other" ] || tail -n 400 -- "$other" | grep -iE 'socket|engine\.?io|websocket|origin|transport|session' | tail -n 30 | cut -c1-300
  journalctl -q -u "$unit" -n 400 --no-pager -o short-iso 2>/dev/null |
    grep -iE 'socket\.?io|engine\.?io|websocket|origin|transport' | tail -n 30 | cut -c1-400
fi
exit 0
