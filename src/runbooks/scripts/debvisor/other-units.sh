#!/bin/sh
# In what state are the platform's other units?
#
# Reads: systemctl show.
# Prints: systemd's own blocks of key=value lines, each with Age: seconds since its state changed last.
# Needs: no right.
# Arguments: services (names with spaces between them).

set -f
uptime=$(cut -d. -f1 /proc/uptime)
for unit in $1; do
  shown=$(systemctl show --no-pager -p Id -p LoadState -p ActiveState -p SubState -p UnitFileState -p Result -p Type -p Restart -p TriggeredBy \
    -p ExecMainCode -p ExecMainStatus -p NRestarts -p ConditionResult -p PrivateNetwork -p DropInPaths -p StateChangeTimestampMonotonic -- "$unit") || exit
  since=$(printf '%s\n' "$shown" | sed -n 's/^StateChangeTimestampMonotonic=\([0-9]*\)[0-9]\{6\}$/\1/p')
  printf '%s\nAge=%s\n\n' "$shown" $((uptime - ${since:-0}))
done
