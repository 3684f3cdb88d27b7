#!/bin/sh
# Who stopped DebVisor?
#
# systemd keeps no record of who asked for a stop. These are the facts from which the parser `who-stopped` tells it.
#
# Reads: systemctl show, the journal of systemd, sudo and cron, dpkg's log, scripts of commands and packages.
# Prints: below === stop the unit and when it stopped; === related: units that it is tied to; === journal: from ten
#   seconds before; === packages: dpkg's log from half a minute before; === began: units that began in that journal;
#   === orders: FILE, a tab and each line of it that may be such an order; then === end.
# Needs: to read the journal, for what only that tells.
# Arguments: unit.

unit=$1
order='(systemctl|service|invoke-rc\.d|deb-systemd-invoke).*(stop|kill|mask|isolate|rescue|emergency)'
show() { systemctl show --no-pager "$@"; }
# Together they stay below what is kept of an answer, so that its end is never lost.
part() { printf '=== %s\n' "$1"; head -c "$2"; echo; }

id=$(show "$unit" -p Id --value) || exit
at=$(show "$unit" -p ActiveExitTimestamp --value) || exit
[ -n "$at" ] || { echo '=== end'; exit 0; }
at=$(date -d "$at" +%s)
from=$(date -d "@$((at - 30))" '+%F %T')
to=$(date -d "@$((at + 1))" '+%F %T')

own=$(show "$id" -p Conflicts -p ConflictedBy -p Requires -p Requisite -p BindsTo -p PartOf -p StopPropagatedFrom)
journal=$(journalctl -q --since="@$((at - 11))" --until="@$((at + 3))" --no-pager -o short-unix \
  _PID=1 + _COMM=sudo + _COMM=cron + _COMM=crond 2>/dev/null |
  grep -E " systemd\[1\]: (Starting|Started|Finished) | CMD \(| sudo.*$order" | tail -n 80 | cut -c1-300)
packages=$(tail -n 400 /var/log/dpkg.log 2>/dev/null |
  awk -v from="$from" -v to="$to" '($1 " " $2) >= from && ($1 " " $2) <= to' | tail -n 40 | cut -c1-200)
# The last ones first, should there be too many.
began=$(printf '%s\n' "$journal" | tac |
  sed -nE 's/.* systemd\[1\]: (Starting|Started|Finished) (.* )?([A-Za-z0-9@_.\\:-]+\.service).*/\3/p' |
  awk '!seen[$0]++' | head -n 20 |
  xargs -r -d '\n' systemctl show --no-pager -p Id -p ExecStart -p ExecStartPre -p ExecStartPost -p TriggeredBy -- |
  sed 's/ ; ignore_errors=.*//' | cut -c1-600)

# Files that these commands name, and the scripts of these packages.
files() {
  {
    printf '%s\n' "$journal" | sed -n 's/)$//; s/.* CMD (//p'
    printf '%s\n' "$began" | sed -n 's/^ExecStart.*argv\[\]=//p'
  } | tr -s "[:space:];\"'" '\n' | grep '^/' | sort -u | head -n 40
  printf '%s\n' "$packages" | sed -nE 's/^[^ ]+ [^ ]+ [a-z]+ ([^ :]+).*/\1/p' | sort -u | head -n 20 |
    while IFS= read -r package; do
      for kind in prerm preinst postinst postrm; do
        printf '%s\n' "/var/lib/dpkg/info/$package.$kind" "/var/lib/dpkg/info/$package:"*".$kind"
      done
    done
}
orders() {
  files | while IFS= read -r file; do
    # Not what answers for ever, or with the kernel's state.
    case $file in /dev/* | /proc/* | /sys/*) continue ;; esac
    [ -f "$file" ] || continue
    head -c 100000 -- "$file" 2>/dev/null | grep -IE "$order" | head -n 20 | cut -c1-300 |
      while IFS= read -r line; do printf '%s\t%s\n' "$file" "$line"; done
  done
}

{
  printf 'at=%s\nId=%s\n' "$at" "$id"
  show "$id" -p ActiveExitTimestampMonotonic -p InactiveEnterTimestampMonotonic
  printf '%s\n' "$own"
} | part stop 12000
# systemctl quotes the names in which a backslash stands.
printf '%s\n' "$own" | sed 's/^[^=]*=//; s/"//g; s/\\\\/\\/g' | tr ' ' '\n' | grep . | sort -u | head -n 60 |
  xargs -r -d '\n' systemctl show --no-pager -p Id -p InactiveExitTimestampMonotonic -p ActiveExitTimestampMonotonic \
    -p InactiveEnterTimestampMonotonic -p FragmentPath -- | part related 14000
printf '%s\n' "$journal" | part journal 16000
printf '%s\n' "$packages" | part packages 6000
printf '%s\n' "$began" | part began 8000
orders | part orders 7000
echo '=== end'
