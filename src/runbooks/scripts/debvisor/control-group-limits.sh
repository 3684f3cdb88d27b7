#!/bin/sh
# Was DebVisor stopped by a limit of its control group?
#
# cgroup v2: memory.events, pids.events; v1 keeps failcnt. The kernel's own counters, readable by all.
#
# Reads: /sys/fs/cgroup.
# Prints: key=value lines: group, memory_max, memory_oom_kill, pids_max.
# Needs: no right.
# Arguments: unit.

unit=$1
group=$(systemctl show "$unit" -p ControlGroup --value) || exit
printf 'group=%s\n' "$group"
for root in /sys/fs/cgroup /sys/fs/cgroup/memory /sys/fs/cgroup/pids; do
  here=$root$group
  if [ -z "$group" ] || [ ! -d "$here" ]; then continue; fi
  [ -r "$here/memory.events" ] && sed -n 's/^\(oom_kill\|max\) /memory_\1=/p' "$here/memory.events"
  [ -r "$here/memory.failcnt" ] && printf 'memory_max=%s\n' "$(cat "$here/memory.failcnt")"
  [ -r "$here/memory.oom_control" ] && sed -n 's/^oom_kill /memory_oom_kill=/p' "$here/memory.oom_control"
  [ -r "$here/pids.events" ] && sed -n 's/^max /pids_max=/p' "$here/pids.events"
done
# No counter is as good as none counted (the first of two lines counts).
printf '%s=0\n' memory_max memory_oom_kill pids_max
