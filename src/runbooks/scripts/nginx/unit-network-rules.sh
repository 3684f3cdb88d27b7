#!/bin/sh
# Does nginx's unit forbid it a network?
#
# Reads: the unit's files.
# Prints: a line a setting: FILE:LINE, text; then === end.
# Needs: to read them (77 where it may not).
# Arguments: nginxUnit.

. ../shared/may-read.sh
nginxUnit=$1
files=$(systemctl show "$nginxUnit" -p FragmentPath -p DropInPaths --value) || exit
for file in $files; do
  [ -e "$file" ] || continue
  [ -r "$file" ] || refuse "$file"
  grep -nE '^[[:space:]]*(IPAddressDeny|IPAddressAllow|IPEgressFilterPath|PrivateNetwork|NetworkNamespacePath|RestrictAddressFamilies|RestrictNetworkInterfaces|SocketBindDeny|BPFProgram)=.' -- "$file" |
    file=$file awk '{ sub(/:[ \t]*/, "\t"); print ENVIRON["file"] ":" $0 }'
done
echo '=== end'
