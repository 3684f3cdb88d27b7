#!/bin/sh
# What stands in the way to the files that the unit names?
#
# Every component of every path that the unit names, as path_resolution(7) walks it: the first that stops it. A folder
# is closed where its mode gives the unit's user no x (an ACL may give it: nothing is said then). Environment files
# are read by systemd itself, as root.
#
# Reads: systemctl show, passwd and group, every folder and link on the way.
# Prints: a line an obstacle: role, state, object, about, where it stops, path; then === end.
# Needs: perl-base; no right.
# Arguments: errorLog, configFile, unit, home, data, lost.

errorLog=$1 configFile=$2 unit=$3 home=$4 data=$5 lost=$6
log_dir=$(dirname -- "$errorLog")
config_dir=$(dirname -- "$configFile")
{
  systemctl show "$unit" --no-pager -p User -p Group -p SupplementaryGroups -p AmbientCapabilities -p DynamicUser \
    -p RootDirectory -p RootImage -p WorkingDirectory -p ExecStart -p EnvironmentFiles || exit
  find -H "$home" "$config_dir" -xdev -maxdepth 4 -xtype l -printf 'Inside=%p\n' 2>/dev/null | head -n 20
} | perl ./way-to-files.pl "$home" "$data" "$configFile" "$log_dir" "$lost"
