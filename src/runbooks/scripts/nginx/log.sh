#!/bin/sh
# What did nginx say last, in its error log and its journal?
#
# Reads: the error log, the journal of the unit.
# Prints: now=SECONDS zone=OFFSET, then the newest lines.
# Needs: to read the log where there is one, and the journal where there is none (77 where it may not).
# Arguments: nginxLog, nginxUnit.

nginxUnit=$2
log=$1
# What may not be read, or lies behind a folder that may not be passed, where nobody can say that it is not there.
closed() {
  at=$1
  until [ -e "$at" ]; do at=$(dirname -- "$at"); done
  if [ "$at" = "$1" ]; then [ ! -r "$at" ]; else [ -d "$at" ] && [ ! -x "$at" ]; fi
}
if closed "$log"; then echo "this login may not read $log" >&2; exit 77; fi
journal=yes
if journalctl -n 0 2>&1 >/dev/null | grep -qE 'not seeing messages|insufficient permissions|No journal files'; then
  journal=no
  [ -e "$log" ] || { echo "there is no $log, and this login may not read the system journal" >&2; exit 77; }
fi
date '+now=%s zone=%z'
[ -e "$log" ] && tail -n 60 -- "$log" | cut -c1-400
[ $journal = no ] || journalctl -q -u "$nginxUnit" -n 20 --no-pager -o short-iso | sed 's/^\([^ ]*\) [^ ]* /\1 /' | cut -c1-400
exit 0
