#!/bin/sh
# Which timers are there, when do they fire, and how did their jobs end?
#
# Reads: systemctl list-unit-files, systemctl show.
# Prints: a line a timer, tab-separated: timer, state, substate, state of its file, 1 if its conditions held, 1 if it will
#   fire again, seconds since it fired (-1: not known), seconds between two runs (0: a calendar's), 1 if it is meant to fire
#   once, service, its load state, state, result, exit status, seconds since it ended (-1: never), 1 if its conditions
#   were tried and did not hold, its command; then === end.
# Needs: perl-base; no right.

# Times are read back without their zone.
TZ=UTC
export TZ
# Without a manager (sd_booted(3)) list-unit-files reads all of them by itself, which takes 400 ms of CPU, only for the next command to fail.
[ -d /run/systemd/system ] || systemctl list-jobs >/dev/null || exit
names=$(systemctl list-unit-files --type=timer --no-legend --no-pager) || exit
names=$(printf '%s\n' "$names" | awk '$1 ~ /\.timer$/ && $1 !~ /@\.timer$/ { print $1 }')
# A word is a unit; those without a file, made at run time, are found by the pattern.
# shellcheck disable=SC2086
timers=$(systemctl show $names '*.timer' --no-pager -p Id -p LoadState -p ActiveState -p SubState -p UnitFileState -p Unit \
  -p ConditionResult -p ConditionTimestamp -p LastTriggerUSec -p NextElapseUSecRealtime -p NextElapseUSecMonotonic -p TimersCalendar \
  -p TimersMonotonic) || exit
services=$(printf '%s\n' "$timers" | sed -n 's/^Unit=//p' | sort -u)
# shellcheck disable=SC2086
jobs=$(systemctl show ${services:--.slice} --no-pager -p Id -p LoadState -p ActiveState -p Result -p ExecMainStatus -p ExecMainExitTimestamp \
  -p ConditionResult -p ConditionTimestamp -p ExecStart) || exit
printf '%s\n\n%s\n' "$jobs" "$timers" | perl -00 ./timers.pl
