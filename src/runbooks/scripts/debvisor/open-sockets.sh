#!/bin/sh
# How many sockets and files has DebVisor's unit open?
#
# ss names the control group of each socket for everybody. Only root and the process's own user may count its files.
#
# Reads: ss, /proc of the unit's main process.
# Prints: key=value lines: sockets, open (the files of the main process; -1: unseen); then === end.
# Needs: ss (127 without it); no right for the sockets.
# Arguments: unit.

unit=$1
command -v ss >/dev/null || exit 127
shown=$(systemctl show "$unit" -p ControlGroup -p MainPID) || exit
end='
'
group=${shown##*ControlGroup=} pid=${shown##*MainPID=}
group=${group%%"$end"*} pid=${pid%%"$end"*}
all=$(ss -Htane) || exit
printf 'sockets=%s\n' "$(printf '%s\n' "$all" | grep -cF "cgroup:$group ")"
if files=$(ls "/proc/$pid/fd" 2>/dev/null); then printf 'open=%s\n' "$(printf '%s\n' "$files" | wc -l)"
elif [ -e "/proc/$pid" ]; then echo open=-1
else echo open=0; fi
echo '=== end'
