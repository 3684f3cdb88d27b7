#!/bin/sh
# Which units of this host hold connections to PostgreSQL?
#
# Of connections over TCP ss names the control group of the client's end. A socket file has no such end; where PostgreSQL lets accounts in by their name
# (peer), the client is a process of that account.
#
# Reads: ss; ps, but for PostgreSQL's own processes.
# Prints: how (tcp or account), unit (a session's scope), how many connections or processes, account, what it runs; then === end.
# Needs: ss (127 without it); no right.
# Arguments: pgPort, account.

pgPort=$1 account=$2
command -v ss >/dev/null || exit 127
ss -Htne state established dport = ":$pgPort" | sed -nE 's,.* cgroup:[^ ]*/([^/ ]+) .*,\1,p' | sort | uniq -c | sort -rn | head -n 5 |
  while read -r count unit; do printf 'tcp\t%s\t%s\t-\t-\n' "$unit" "$count"; done
ps -u "$account" -o unit:80=,args:200= 2>/dev/null | awk '!/^postgresql[@.-]|\(sd-pam\)|systemd --user/' | sort | uniq -c | sort -rn | head -n 5 |
  while read -r count unit args; do printf 'account\t%s\t%s\t%s\t%s\n' "$unit" "$count" "$account" "$args"; done
echo '=== end'
