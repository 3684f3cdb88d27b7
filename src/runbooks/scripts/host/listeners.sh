#!/bin/sh
# Who listens on which TCP port?
#
# ss names the control group of each socket without any right; process names only with root's.
#
# Reads: ss, or netstat where there is none.
# Prints: a line a socket in ss's words: protocol, state, queue, backlog, address, peer, about.
# Needs: ss or netstat (127 without both); names of processes take root.

if command -v ss >/dev/null; then
  sockets=$(ss -ltnup -e -H) || exit
  printf '%s\n' "$sockets" | grep '^tcp'
  exit 0
elif command -v netstat >/dev/null; then
  # In the words of ss: whose process it is, and its control group, where the login may see them.
  netstat -tulpn 2>/dev/null | awk '
    /^tcp/ {
      about = $7
      if (split($7, who, "/") > 1) {
        sub(/:.*/, "", who[2])
        about = "users:((\"" who[2] "\",pid=" who[1] ",fd=0))"
        file = "/proc/" who[1] "/cgroup"
        while ((getline line < file) > 0)
          if (sub(/^(0:|[0-9]+:name=systemd):/, "", line)) about = about " cgroup:" line
        close(file)
      }
      print "tcp LISTEN", $2, $3, $4, $5, about
    }'
else
  exit 127
fi
