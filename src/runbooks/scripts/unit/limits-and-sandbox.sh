#!/bin/sh
# Which limits and which sandbox has a unit of the platform, and where are they set?
#
# Where each is set; no Environment= and no credentials, which may be secrets, and of UnsetEnvironment= names only. An empty assignment takes back what
# stood before it; of others the last counts, of a list all (systemd.exec(5)). Where the unit sets no limit, what the manager gives each unit counts:
# DefaultTasksMax= and DefaultLimit…= are told by the name that they have in a unit (systemd-system.conf(5)).
#
# Reads: systemctl cat, with what is for all units; systemd-analyze cat-config; /proc/sys, sysctl.d.
# Prints: a line a setting: key, value, FILE:LINE; one of net.ipv4.ip_unprivileged_port_start where it is above 1024, with - where no file sets it; then === end.
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
} | perl ./limits-and-sandbox.pl
