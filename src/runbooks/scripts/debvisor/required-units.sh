#!/bin/sh
# In what state are the units that DebVisor requires?
#
# Reads: systemctl show.
# Prints: systemd's own blocks of key=value lines.
# Needs: no right.
# Arguments: unit.

unit=$1
{
  echo basic.target
  systemctl show "$unit" -p Requires -p BindsTo -p Requisite --value
} |
  # systemctl quotes the names in which a backslash stands.
  sed 's/"//g; s/\\\\/\\/g' | tr ' ' '\n' | grep -vE '^$|\.slice$|^-\.mount$' | sort -u | head -n 20 |
  xargs -r -d '\n' systemctl show --no-pager -p Id -p LoadState -p ActiveState -p SubState -p Result --
