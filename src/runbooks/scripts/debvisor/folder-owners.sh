#!/bin/sh
# Who owns DebVisor's folders and files?
#
# Reads: stat, find.
# Prints: a line a path: what, owner, group, mode (or missing, or closed: nobody can say what is there), path; `pipe`: a named
#   pipe. Then === end.
# Needs: no right; what lies behind a folder that the login may not enter is closed.
# Arguments: errorLog, home, data, configFile, envFile, user.

. ../shared/may-read.sh
errorLog=$1 home=$2 data=$3 configFile=$4 envFile=$5 user=$6
log_dir=$(dirname -- "$errorLog")
see() {
  if [ -e "$2" ]; then stat -L -c "$1	%U	%G	%a	%n" -- "$2"
  elif closed "$2"; then printf '%s\t-\t-\tclosed\t%s\n' "$1" "$2"
  else printf '%s\t-\t-\tmissing\t%s\n' "$1" "$2"; fi
}
see home "$home"; see data "$data"; see logs "$log_dir"
see config "$configFile"; see env "$envFile"
find "$home" "$data" -xdev -maxdepth 3 ! -user "$user" -printf 'inside\t%u\t%g\t%m\t%p\n' 2>/dev/null |
  head -n 20
# Whoever opens one waits until somebody else opens the other end.
find "$log_dir" "$data" "$(dirname -- "$configFile")" -xdev -maxdepth 3 -type p -printf 'pipe\t%u\t%g\t%m\t%p\n' 2>/dev/null | head -n 5
find "$home" "$data" -xdev -maxdepth 2 -type d \( ! -readable -o ! -executable \) -printf 'inside\t-\t-\tclosed\t%p\n' 2>/dev/null |
  head -n 5
echo '=== end'
