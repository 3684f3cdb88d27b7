#!/bin/sh
# Which user and group does DebVisor's unit run as?
#
# Reads: systemctl show, passwd and group.
# Prints: user=NAME and group=NAME.
# Needs: no right.
# Arguments: unit.

unit=$1
user=$(systemctl show "$unit" -p User --value) || exit
group=$(systemctl show "$unit" -p Group --value) || exit
user=$(id -un -- "${user:-root}") || exit
if [ -n "$group" ]; then group=$(getent group "$group" | cut -d: -f1); else group=$(id -gn -- "$user"); fi
printf 'user=%s\ngroup=%s\n' "$user" "$group"
