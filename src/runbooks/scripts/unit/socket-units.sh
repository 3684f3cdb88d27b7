#!/bin/sh
# Which socket units hold a port?
#
# Reads: systemctl show.
# Prints: a line a port: unit, address, what it starts, its file; then === end.
# Needs: perl-base; no right.

systemctl show '*.socket' --no-pager -p Id -p Listen -p ActiveState -p Triggers -p FragmentPath | perl -00 -n ./socket-units.pl || exit
echo '=== end'
