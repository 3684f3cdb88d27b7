#!/bin/sh
# Which limits and which sandbox has DebVisor's unit, and where are they set?
#
# Where each is set; no Environment= and no credentials, which may be secrets, and of UnsetEnvironment= names only. An empty assignment takes back what
# stood before it; of others the last counts, of a list all (systemd.exec(5)).
#
# Reads: systemctl cat.
# Prints: a line a setting: key, value, FILE:LINE; then === end.
# Needs: perl-base; to read the unit's files (77 where it may not).
# Arguments: unit.

. ../shared/may-read.sh
unit=$1
files=$(systemctl show "$unit" -p FragmentPath -p DropInPaths --value) || exit
for file in $files; do
  [ ! -e "$file" ] || [ -r "$file" ] || refuse "$file"
done
text=$(systemctl cat --no-pager "$unit") || [ -z "$files" ] || exit
printf '%s\n' "$text" | perl ./limits-and-sandbox.pl
