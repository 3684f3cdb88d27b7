#!/bin/sh
# What did Socket.IO say last?
#
# Reads: its own log, else DebVisor's error log and journal.
# Prints: now=SECONDS zone=OFFSET, then the newest lines.
# Needs: to read that log, or the journal where there is none (77 where it may not).
# Arguments: socketioLog, errorLog, unit.

socketioLog=$1 errorLog=$2 unit=$3
log="$socketioLog" other="$errorLog"
# What may not be read, or lies behind a folder that may not be passed, where nobody can say that it is not there.
closed() {
  at=$1
  until [ -e "$at" ]; do at=$(dirname -- "$at"); done
  if [ "$at" = "$1" ]; then [ ! -r "$at" ]; else [ -d "$at" ] && [ ! -x "$at" ]; fi
}
refuse() { echo "this login may not read $1" >&2; exit 77; }
if closed "$log"; then refuse "$log"; fi
if [ ! -e "$log" ]; then
  if closed "$other"; then refuse "$other"; fi
  if [ ! -e "$other" ] && journalctl -n 0 2>&1 >/dev/null | grep -qE 'not seeing messages|insufficient permissions|No journal files'; then
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
