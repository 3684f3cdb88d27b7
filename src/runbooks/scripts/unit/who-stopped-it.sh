#!/bin/sh
# Who stopped DebVisor?
#
# systemd keeps no record of who asked for a stop. What tells it: a unit in Conflicts= that started at that very
# moment, a unit that it hangs on and that stopped then (systemd.unit(5)), a command that sudo or cron logged, a unit
# or a package's script that began then and has the order in its text.
#
# Reads: systemctl show, the journal of systemd, sudo and cron, dpkg's log, units and scripts of packages.
# Prints: a line each, likeliest first: kind, name, about; then === end.
# Needs: perl-base; to read the journal, for what only that tells.
# Arguments: unit.

unit=$1
show() { systemctl show --no-pager "$@"; }
id=$(show "$unit" -p Id --value)
at=$(show "$unit" -p ActiveExitTimestamp --value)
[ -n "$at" ] || { echo '=== end'; exit 0; }
at=$(date -d "$at" +%s)
{
  show "$id" -p Conflicts -p ConflictedBy -p Requires -p Requisite -p BindsTo -p PartOf -p StopPropagatedFrom
  show "$id" -p ActiveExitTimestampMonotonic -p InactiveEnterTimestampMonotonic | sed 's/^/Own/'
  echo
  show "$id" -p Conflicts -p ConflictedBy -p Requires -p Requisite -p BindsTo -p PartOf -p StopPropagatedFrom --value |
    tr ' ' '\n' | grep . | sort -u | head -n 60 |
    xargs -r systemctl show --no-pager -p Id -p ActiveState -p InactiveExitTimestampMonotonic \
      -p ActiveExitTimestampMonotonic -p InactiveEnterTimestampMonotonic -p FragmentPath --
  echo '=== journal'
  journalctl -q --since="@$((at - 30))" --until="@$((at + 3))" --no-pager -o short-unix _PID=1 + _COMM=sudo + _COMM=cron \
    + _COMM=crond 2>/dev/null | tail -n 400
  echo '=== packages'
  tail -n 400 /var/log/dpkg.log 2>/dev/null
} | perl ./who-stopped-it.pl "$id" "$at"
