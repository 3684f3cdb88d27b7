#!/bin/sh
# Which Python runs the program of the unit, and has this host's own Python the module that it misses?
#
# `#!/usr/bin/env python3` takes the first one of the unit's PATH, which may be that of another tool (env(1)); a virtual
# environment is another one too, whatever it links to.
#
# Reads: systemctl show, the first line of the program, the folders of PATH, Python's own folders.
# Prints: key=value lines, the first two alone where it is no Python that runs it (a shell, a server): program, first (its
#   first line), interpreter, leads (what it is in the end), changed (its age in
#   seconds), own (yes: it is this host's own Python), module (where that has it).
# Needs: no right.
# Arguments: program, module, unit.

program=$1 module=$2 unit=$3
printf 'program=%s\n' "$program"
first=$(head -c 200 -- "$program" 2>/dev/null | head -n 1 | tr -d '\000' | cut -c1-120)
case $first in
  '#!'*) printf 'first=%s\n' "$first" ;;
  *) first="#!$program" ;;
esac
set -f
# The first line of a script is words.
# shellcheck disable=SC2086
set -- ${first#??}
interpreter=$1
case $interpreter in
  */env)
    shift
    while [ $# -gt 0 ]; do case $1 in -*|*=*) shift ;; *) break ;; esac; done
    path=$(systemctl show "$unit" -p Environment --value | tr ' ' '\n' | sed -n 's/^"\{0,1\}PATH=\([^"]*\).*/\1/p' | tail -n 1)
    interpreter=$(PATH=${path:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}; command -v "${1:-env}") ;;
esac
[ -e "$interpreter" ] || exit 0
leads=$(readlink -f -- "$interpreter")
case ${leads##*/} in python* | pypy*) ;; *) exit 0 ;; esac
printf 'interpreter=%s\nleads=%s\n' "$interpreter" "$leads"
printf 'changed=%s\n' $(( $(date +%s) - $(stat -L -c %Z -- "$interpreter") ))
folder=$(dirname -- "$interpreter")
case $leads in
  /usr/bin/python* | /usr/libexec/platform-python*)
    [ -e "$folder/pyvenv.cfg" ] || [ -e "$folder/../pyvenv.cfg" ] || echo own=yes ;;
esac
set +f
for at in /usr/lib/python3/dist-packages /usr/local/lib/python3*/dist-packages /usr/lib*/python3*/site-packages; do
  for each in "$at/$module" "$at/$module.py" "$at/$module".*.so; do
    [ -e "$each" ] || continue
    printf 'module=%s\n' "$each"
    exit 0
  done
done
exit 0
