#!/bin/sh
# How near are the limits of the kernel?
#
# Reads: /proc/sys, /proc/loadavg.
# Prints: key=value lines: files, filesPercent, pidMax, threadsMax, somaxconn, threads, flows, flowsMax.
# Needs: no right.

# The numbers of the file, a word each.
# shellcheck disable=SC2046
set -- $(cat /proc/sys/fs/file-nr)
printf 'files=%s\nfilesPercent=%s\n' "$1" "$(( $1 / ($3 / 100 + 1) ))"
printf 'pidMax=%s\nthreadsMax=%s\n' "$(cat /proc/sys/kernel/pid_max)" "$(cat /proc/sys/kernel/threads-max)"
printf 'somaxconn=%s\n' "$(cat /proc/sys/net/core/somaxconn)"
printf 'threads=%s\n' "$(cut -d' ' -f4 /proc/loadavg | cut -d/ -f2)"
if [ -r /proc/sys/net/netfilter/nf_conntrack_count ]; then
  printf 'flows=%s\nflowsMax=%s\n' "$(cat /proc/sys/net/netfilter/nf_conntrack_count)" \
    "$(cat /proc/sys/net/netfilter/nf_conntrack_max)"
else printf 'flows=0\nflowsMax=1\n'; fi
exit 0
