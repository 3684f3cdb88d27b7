#!/bin/sh
# What did a unit say last in the journal?
#
# Reads: the journal of the unit.
# Prints: now=SECONDS zone=OFFSET, then its newest lines; then === end.
# Needs: to read the system journal (77 where it may not).
# Arguments: unit.

. ../shared/may-read.sh
. ../shared/log-lines.sh
if journal_closed; then refuse 'the system journal'; fi
date '+now=%s zone=%z'
entries=$(journalctl -q -u "$1" -n 60 --no-pager -o short-iso)
[ $? -lt 128 ] || exit
[ -z "$entries" ] || printf '%s\n' "$entries" | tail -n 100 | sed 's/^\([^ ]*\) [^ ]* /\1 /' | shorten 400 | newest 30000
echo '=== end'
