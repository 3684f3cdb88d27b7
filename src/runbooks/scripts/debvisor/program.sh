#!/bin/sh
# Can the program of the unit be executed?
#
# Reads: stat, the first line of the file, its mount.
# Prints: key=value lines: program, state (there, missing, hidden), owner, mode, interpreter, interpreter_state,
#   line_ends, mount.
# Needs: no right.
# Arguments: program.

program=$1
printf 'program=%s\n' "$program"
if [ ! -e "$program" ]; then
  case $(LC_ALL=C stat -L -- "$program" 2>&1) in *ermission*) echo 'state=hidden' ;; *) echo 'state=missing' ;; esac
  exit 0
fi
stat -L -c 'owner=%U
mode=%a' -- "$program" | sed 's/^ *//'
first=$(head -c 200 -- "$program" 2>/dev/null | head -n 1 | tr -d '\000' | cut -c1-120)
case $first in
  '#!'*)
    interpreter=$(printf '%s' "$first" | sed 's/^#! *//; s/[ \r].*//')
    printf 'interpreter=%s\n' "$interpreter"
    [ -x "$interpreter" ] || echo 'interpreter_state=missing'
    printf '%s' "$first" | grep -q "$(printf '\r')" && echo 'line_ends=CRLF' ;;
esac
printf 'mount=%s\n' "$(findmnt -no OPTIONS -T "$program")"
echo 'state=there'
