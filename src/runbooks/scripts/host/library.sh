#!/bin/sh
# When was that file last replaced, and by which package?
#
# Reads: its inode's time of change, which an upgrade and a mv set; dpkg's lists.
# Prints: key=value lines: changed (seconds ago, -1: it is not there), package ("-": of none).
# Needs: no right but to pass the folders above it.
# Arguments: path.

path=$1
if [ -e "$path" ]; then
  changed=$(stat -L -c %Z -- "$path") || exit
  echo "changed=$(( $(date +%s) - changed ))"
else
  echo 'changed=-1'
fi
# A library of /usr/lib may be known as one of /lib, of which it is a link's target.
package=$(dpkg -S -- "$path" "${path#/usr}" 2>/dev/null | head -n 1 | cut -d: -f1)
echo "package=${package:--}"
