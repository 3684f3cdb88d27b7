#!/bin/sh
# Is the socket there that DebVisor looks for, and what hides it?
#
# Reads: stat, ss, the unit's properties and files.
# Prints: key=value lines: there (yes, no, unseen), sockets, places, and properties of the unit.
# Needs: no right.
# Arguments: socket, unit.

. ../shared/may-read.sh
socket=$1 unit=$2
if [ -S "$socket" ]; then echo there=yes
elif closed "$socket"; then echo there=unseen
else echo there=no; fi
command -v ss >/dev/null && printf 'sockets=%s\n' "$(ss -Hlx | awk '{ print $5 }' | grep -F /.s.PGSQL. | sort -u | head -n 6 | paste -sd' ' -)"
kinds='PrivateTmp|ProtectHome|InaccessiblePaths|TemporaryFileSystem|RootDirectory|RootImage|DynamicUser'
systemctl show "$unit" --no-pager -p TemporaryFileSystem -p RootDirectory -p RootImage -p DynamicUser
for file in $(systemctl show "$unit" -p DropInPaths --value) $(systemctl show "$unit" -p FragmentPath --value); do
  grep -nE "^ *($kinds)[[:space:]]*=" -- "$file" 2>/dev/null |
    file=$file awk '{ print ENVIRON["file"] ":" $0 }'
done | head -n 8 | paste -sd' ' - | sed 's/^/places=/'
printf '%s=\n' sockets TemporaryFileSystem RootDirectory RootImage
