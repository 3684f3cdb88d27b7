#!/bin/sh
# What does the processor do?
#
# Reads: /proc/uptime, stat and vmstat twice, a second apart.
# Prints: both, each file below === NAME, with === sleep between.
# Needs: no right.

show() {
  echo '=== uptime'; cat /proc/uptime
  echo '=== stat'; grep -E '^(cpu|ctxt|processes|procs_)' /proc/stat
  echo '=== vmstat'; grep -E '^(pgmajfault|pswpin|pswpout|oom_kill) ' /proc/vmstat
}
sleep 0.7
show; echo '=== sleep'; sleep 1; show
