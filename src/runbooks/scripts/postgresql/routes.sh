#!/bin/sh
# Which way would a connection to PostgreSQL take, and which rules of policy routing are there?
#
# Reads: getent; ip route get, ip rule, ip route (ip-rule(8)).
# Prints: tab-separated lines: way, an address of the host, and the route to that port or what the kernel says instead; rule, the family, a
#   rule beside the three that each host has; barrier, the family, a route that refuses; then === end.
# Needs: ip (127 without it); no right.
# Arguments: host, port.

host=$1 port=$2
command -v ip >/dev/null || exit 127
{
  getent ahosts "$host" | awk '!seen[$1]++ { print $1 }' | head -n 6 | while IFS= read -r address; do
    printf 'way\t%s\t%s\n' "$address" "$(ip route get "$address" ipproto tcp dport "$port" 2>&1 | head -n 1)"
  done
  for family in 4 6; do
    ip -"$family" rule show | tr '\t' ' ' | grep -vE '^(0: +from all lookup local|32766: +from all lookup main|32767: +from all lookup default) *$' |
      head -n 20 | sed "s/^/rule	$family	/"
    ip -"$family" route show table all 2>/dev/null | grep -E '^(unreachable|blackhole|prohibit|throw) ' | head -n 20 | sed "s/^/barrier	$family	/"
  done
} | cut -c1-300
echo '=== end'
