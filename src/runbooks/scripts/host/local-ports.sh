#!/bin/sh
# How many local ports are left for new connections?
#
# For each address that is connected to, the kernel has the whole range; `used` is the greatest count.
#
# Reads: ss, ip_local_port_range.
# Prints: key=value lines: size, range, used (to the address that has most), peer.
# Needs: ss (127 without it); no right.

command -v ss >/dev/null || exit 127
# Not read(1): it takes a character at a time, and /proc/sys answers the first one only.
# shellcheck disable=SC2046
set -- $(cat /proc/sys/net/ipv4/ip_local_port_range)
low=$1 high=$2
printf 'size=%s\nrange=%s\n' "$(( high - low + 1 ))" "$low-$high"
all=$(ss -Htan) || exit
printf '%s\n' "$all" | awk -v low="$low" -v high="$high" '
  $1 != "LISTEN" { port = $4; sub(/.*:/, "", port); if (port >= low && port <= high) n[$5]++ }
  END { most = 0; for (p in n) if (n[p] > most) { most = n[p]; peer = p }; printf "used=%d\npeer=%s\n", most, peer }'
