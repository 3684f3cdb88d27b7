#!/bin/sh
# What did units say last in the journal?
#
# Reads: the journal of the units.
# Prints: now=SECONDS zone=OFFSET, then its newest lines; then === end.
# Needs: to read the system journal (77 where it may not).
# Arguments: units (names with spaces between them).

. ../shared/may-read.sh
. ../shared/log-lines.sh
if journal_closed; then refuse 'the system journal'; fi
date '+now=%s zone=%z'
set -f
for unit in $1; do set -- "$@" -u "$unit"; done
shift
entries=$(journalctl -q "$@" -n 60 --no-pager -o short-iso)
[ $? -lt 128 ] || exit
[ -z "$entries" ] || printf '%s\n' "$entries" | tail -n 100 | sed 's/^\([^ ]*\) [^ ]* /\1 /' | shorten 400 | newest 30000
echo '=== end'
