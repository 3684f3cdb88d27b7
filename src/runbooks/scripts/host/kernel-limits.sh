#!/bin/sh
# How near are the limits of the kernel?
#
# Reads: /proc/sys, /proc/loadavg, /proc/mdstat.
# Prints: key=value lines: one "degraded" for each array of disks that lacks one (name, state such as [U_], disks that
#   failed, what is being rebuilt); files, filesPercent, pidMax, threadsMax, somaxconn, threads, flows, flowsMax.
# Needs: no right.

# First, for an answer that is cut after it lacks something else.
if [ -r /proc/mdstat ]; then
  awk '
    function tell() { if (state != "") print "degraded=" name " " state failed work; state = failed = work = "" }
    /^md[^ ]* :/ { tell(); name = $1; for (i = 4; i <= NF; i++) if ($i ~ /\(F\)/) failed = failed " " $i }
    match($0, /\[[U_]+\]/) { disks = substr($0, RSTART, RLENGTH); if (disks ~ /_/) state = disks }
    match($0, /(recovery|resync|reshape) *= *[0-9.]+%/) { work = " " substr($0, RSTART, RLENGTH) }
    END { tell() }' /proc/mdstat
fi
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
