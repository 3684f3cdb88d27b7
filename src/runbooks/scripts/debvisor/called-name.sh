#!/bin/sh
# Which address has a host name that DebVisor calls, and who gives it that one?
#
# Reads: /etc/hosts, getent.
# Prints: address and place in columns: where the file gives it FILE:LINE, else - ; then === end.
# Needs: no right.
# Arguments: calledName.

name=$1
awk -v name="$name" '{ line = $0; sub(/#.*/, ""); for (i = 2; i <= NF; i++) if (tolower($i) == tolower(name)) { print $1 "\t/etc/hosts:" NR; next } }' /etc/hosts
timeout 4 getent ahosts "$name" | awk '{ print $1 }' | sort -u | head -n 4 | sed 's/$/\t-/'
echo '=== end'
