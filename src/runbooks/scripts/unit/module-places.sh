#!/bin/sh
# Where does the Python of the unit find a module, and in which order?
#
# The first place wins, and hides all others: the folder of the program, or where it was started; PYTHONPATH; the standard library; a virtual environment,
# or what pip installed for this host, and then what Debian has (Python, "The initialization of the sys.path module search path").
#
# Reads: systemctl show, the first line of the program, Python's folders.
# Prints: a line a place, in the order in which Python looks: path, age in seconds; then === end.
# Needs: no right; a folder that is closed to this login is taken for one without the module.
# Arguments: module (its dashes count as underscores), unit.

module=$(printf '%s' "${1%%.*}" | tr - _) unit=$2
shown=$(systemctl show "$unit" -p ExecStart -p WorkingDirectory -p Environment -p User) || exit
program=$(printf '%s\n' "$shown" | sed -n 's/^ExecStart=.*path=\([^ ;]*\) .*/\1/p' | head -n 1)
arguments=$(printf '%s\n' "$shown" | sed -n 's/^ExecStart=.*argv\[\]=\([^;]*\) ;.*/\1/p' | head -n 1)
folder=$(printf '%s\n' "$shown" | sed -n 's/^WorkingDirectory=[-!]*//p')
paths=$(printf '%s\n' "$shown" | sed -n 's/^Environment=//p' | tr ' ' '\n' | sed -n 's/^"\{0,1\}PYTHONPATH=\([^"]*\).*/\1/p' | tail -n 1)
case $program in
  */python3*) interpreter=$program ;;
  *) interpreter=$(head -c 200 -- "$program" 2>/dev/null | head -n 1 | tr -d '\000' | sed -n 's/^#! *\([^ ]*\).*/\1/p') ;;
esac
case $interpreter in */env | '') interpreter=/usr/bin/python3 ;; esac
version=$(basename "$(readlink -f -- "$interpreter")")
case $version in python3.*) ;; *) echo '=== end'; exit 0 ;; esac

look() {
  for each in "$1/$module/__init__.py" "$1/$module.py" "$1/$module".*.so; do
    [ -e "$each" ] || continue
    printf '%s\t%s\n' "${each%/__init__.py}" $(($(date +%s) - $(stat -c %Z -- "$each")))
    return
  done
}
set -f
# The folder of the script comes first; gunicorn, uvicorn and celery put the one they were started in there.
for word in $arguments; do case $word in /*.py) look "${word%/*}"; break ;; esac; done
set +f
[ -z "$folder" ] || look "$folder"
printf '%s\n' "$paths" | tr : '\n' | while IFS= read -r each; do case $each in /*) look "$each" ;; esac; done
look "/usr/lib/$version"
look "/usr/lib/$version/lib-dynload"
environment=${interpreter%/bin/*}
if [ -e "$environment/pyvenv.cfg" ]; then
  look "$environment/lib/$version/site-packages"
else
  look "/usr/local/lib/$version/dist-packages"
  look /usr/lib/python3/dist-packages
fi
echo '=== end'
