#!/bin/sh
# What did DebVisor's unit write to the journal last?
#
# Reads: the journal of the unit.
# Prints: its newest 50 lines.
# Needs: to read the system journal (77 where it may not).
# Arguments: unit.

. ../shared/may-read.sh
unit=$1
if journal_closed; then refuse 'the system journal, or there is none'; fi
exec journalctl -u "$unit" -n 50 --no-pager
