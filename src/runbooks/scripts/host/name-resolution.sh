#!/bin/sh
# How does this host resolve localhost, and with what?
#
# Reads: getent, nsswitch.conf, resolv.conf, the loopback interface.
# Prints: key=value lines: ms, localhost, order, servers, loopback (1: up), addresses.
# Needs: no right.

began=$(date +%s%N)
found=$(getent ahosts localhost | awk '$2 == "STREAM" { printf "%s%s", n++ ? "," : "", $1 }')
printf 'ms=%s\nlocalhost=%s\n' "$(( ($(date +%s%N) - began) / 1000000 ))" "$found"
printf 'order=%s\n' "$(sed -n 's/^hosts:[[:space:]]*//p' /etc/nsswitch.conf 2>/dev/null | head -n 1)"
printf 'servers=%s\n' "$(sed -n 's/^nameserver[[:space:]]*//p' /etc/resolv.conf 2>/dev/null | paste -sd, -)"
printf 'loopback=%s\n' "$(( $(cat /sys/class/net/lo/flags) & 1 ))"
printf 'addresses=%s\n' "$(ip -o addr show dev lo 2>/dev/null | awk '{ printf "%s%s", n++ ? "," : "", $4 }')"
