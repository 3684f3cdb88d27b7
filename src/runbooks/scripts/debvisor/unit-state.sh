#!/bin/sh
# In what state is DebVisor's unit?
#
# Reads: systemctl show.
# Prints: key=value lines, properties as systemd names them, with TriedAgo, ChangedAgo (seconds) and Astray.
# Needs: no right.
# Arguments: unit.

unit=$1
shown=$(systemctl show "$unit" --no-pager -p Id -p LoadState -p LoadError -p UnitFileState -p ActiveState -p SubState -p Type \
  -p Result -p ExecMainCode -p ExecMainStatus -p MainPID -p NRestarts -p NeedDaemonReload -p ConditionResult -p User -p Group \
  -p WorkingDirectory -p ExecStart -p ExecStartPre -p EnvironmentFiles -p FragmentPath -p DropInPaths -p ControlGroup \
  -p MemoryMax -p TasksMax -p CPUQuotaPerSecUSec -p LimitNOFILE -p StateChangeTimestamp \
  -p ProtectHome -p ProtectSystem -p PrivateTmp -p InaccessiblePaths -p ReadOnlyPaths \
  -p InactiveExitTimestamp -p ConditionTimestamp -p ConsistsOf -p BoundBy -p RequiredBy -p Conflicts -p ConflictedBy) || exit
printf '%s\n' "$shown"
now=$(date +%s)
end='
'
ago() {
  at=
  case $end$shown in *"$end$1="*) at=$end$shown at=${at#*"$end$1="} at=${at%%"$end"*} ;; esac
  if [ -n "$at" ]; then
    echo "$2=$(( now - $(date -d "$at" +%s) ))"
  else
    read -r up _ </proc/uptime
    echo "$2=${up%%.*}"
  fi
}
ago InactiveExitTimestamp TriedAgo
ago StateChangeTimestamp ChangedAgo
# Of its environment only what leads an interpreter or a linker elsewhere: the rest may be secrets.
environment=$(systemctl show "$unit" -p Environment --value)
printf 'Astray=%s\n' "$(printf '%s' "$environment" | tr ' ' '\n' |
  grep -E '^"?(PYTHONHOME|PYTHONPATH|LD_LIBRARY_PATH|LD_PRELOAD|NODE_PATH|NODE_OPTIONS)=' | paste -sd' ' -)"
printf '%s=\n' ProtectHome ProtectSystem PrivateTmp InaccessiblePaths ReadOnlyPaths
# A property without a value is not printed: there it is empty (the first of two counts).
printf '%s=\n' ExecStartPre EnvironmentFiles StateChangeTimestamp LoadError ConsistsOf BoundBy RequiredBy Conflicts ConflictedBy
