#!/bin/sh
# Which file sets a name of DebVisor's environment last?
#
# What stands later wins: what the manager gives every unit (DefaultEnvironment=, systemd-system.conf(5)), Environment=, then each EnvironmentFile= in its
# order (systemd.exec(5)). Of a value only whether it is the same as another: 1, 2, … for each name.
#
# Reads: systemctl cat, systemd-analyze cat-config, environment files.
# Prints: a line each: kind (set, file, closed), order, name, a number that tells equal values, place; of a value of Environment= that systemd reads
#   otherwise than it stands there, the kind specifier, unknown (no specifier), escape or cut (at a space); of a name that a line above swallows (a backslash
#   at its end, a quote that is not closed) the kind swallowed, with that line's name and what swallows it before the name, and its line as the number; then === end.
# Needs: perl-base; to read the unit's files (77 where it may not).
# Arguments: unit.

. ../shared/may-read.sh
unit=$1
files=$(systemctl show "$unit" -p FragmentPath -p DropInPaths --value) || exit
for file in $files; do
  [ ! -e "$file" ] || [ -r "$file" ] || refuse "$file"
done
text=$(systemctl cat --no-pager "$unit") || [ -z "$files" ] || exit
{
  timeout 3 systemd-analyze cat-config --no-pager systemd/system.conf 2>/dev/null
  printf '\n%s\n' "$text"
} | perl ./environment-order.pl
