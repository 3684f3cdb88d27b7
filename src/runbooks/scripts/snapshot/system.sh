#!/bin/sh
# What runs on this host, and with which settings?
#
# Facts for a snapshot, one a line: units with their settings, limits, listeners, processes, mounts, kernel settings,
# addresses, routes, the firewall, accounts, the host itself, and packages last. Of a unit's environment the names,
# never the values. Nothing that changes by itself: no pids, counters or times as values.
#
# Reads: systemctl, ss, ps, ip, nft, dpkg-query or rpm, /proc, /sys, passwd and group.
# Prints: area, key, number (seconds since 1970: of a unit, when it last became active; of processes, when the oldest
#   began), check, value; then what was unseen, and end.
# Needs: perl-base; no right: what it may not read it says.
# Arguments: unit.

export LC_ALL=C TZ=UTC
perl ./system.pl "$1" | perl ./facts.pl system
