#!/bin/sh
# Who owns DebVisor's folders and files?
#
# Reads: stat, find.
# Prints: a line a path: what, owner, group, mode (missing), path; then === end.
# Needs: no right; a folder that is closed has no line.
# Arguments: errorLog, home, data, configFile, envFile, user.

errorLog=$1 home=$2 data=$3 configFile=$4 envFile=$5 user=$6
log_dir=$(dirname -- "$errorLog")
see() {
  if [ -e "$2" ]; then stat -L -c "$1	%U	%G	%a	%n" -- "$2"
  elif [ -x "$(dirname -- "$2")" ]; then printf '%s\t-\t-\tmissing\t%s\n' "$1" "$2"; fi
}
see home "$home"; see data "$data"; see logs "$log_dir"
see config "$configFile"; see env "$envFile"
find "$home" "$data" -xdev -maxdepth 3 ! -user "$user" -printf 'inside\t%u\t%g\t%m\t%p\n' 2>/dev/null |
  head -n 20
echo '=== end'
