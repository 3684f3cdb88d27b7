#!/bin/sh
# Are segments lost on the loopback interface?
#
# The loopback interface loses nothing by itself: a segment that had to be sent again there was dropped by a rule
# (nft, iptables, tc). `retrans:now/ever` of ss(8), readable by all.
#
# Reads: ss.
# Prints: a line a connection: segments sent again, segments sent, its two ends; then === end.
# Needs: ss (127 without it); no right.

command -v ss >/dev/null || exit 127
all=$(ss -HtniO state established) || exit
printf '%s\n' "$all" | awk '
  {
    here = $3; there = $4
    a = here; b = there; sub(/:[0-9]+$/, "", a); sub(/:[0-9]+$/, "", b)
    sent = 0; again = 0
    for (i = 5; i <= NF; i++) {
      if ($i ~ /^retrans:/) { split($i, r, "/"); again = r[2] }
      if ($i ~ /^segs_out:/) { split($i, o, ":"); sent = o[2] }
    }
    if (again > 0 && (a == b || a ~ /^\[?(::ffff:)?127\./ || a == "[::1]")) print again, sent, here, there
  }' | sort -rn | head -n 8
echo '=== end'
