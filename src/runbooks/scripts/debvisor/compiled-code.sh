#!/bin/sh
# Which compiled files does Python run without a look at the source, though that has another text?
#
# A compiled file whose header has the flags 1 is never compared with its source (PEP 552, "unchecked"). It holds the hash of the text that it was compiled
# from, which the Python of its own version can tell for the text that is there now. What pip installed is left out: nobody edits it.
#
# Reads: the compiled files below the folder and their sources, by this host's own Python, without site and user folders.
# Prints: a line a file: compiled file, source, age of the compiled file in seconds; then === end.
# Needs: no right; what is closed to this login is left out.
# Arguments: home.

home=$1
found=$(find -H "$home" -xdev -maxdepth 8 -type f -name '*.cpython-3*.pyc' -path '*/__pycache__/*' ! -path '*/site-packages/*' ! -path '*/dist-packages/*' \
  2>/dev/null | head -n 3000)
for version in $(printf '%s\n' "$found" | sed -n 's/.*[.]cpython-3\([0-9]*\)\([.]opt-[12]\)\{0,1\}[.]pyc$/\1/p' | sort -u); do
  for python in "/usr/bin/python3.$version" "/usr/local/bin/python3.$version"; do [ ! -x "$python" ] || break; done
  [ -x "$python" ] || continue
  printf '%s\n' "$found" | grep "[.]cpython-3${version}[.]" | "$python" -I -S -B -c '
import sys, time
from importlib.util import MAGIC_NUMBER, source_from_cache, source_hash
from os import stat

for name in sys.stdin.read().splitlines():
    try:
        with open(name, "rb") as file:
            head = file.read(16)
        if head[:4] != MAGIC_NUMBER or head[4:8] != b"\x01\0\0\0":
            continue
        source = source_from_cache(name)
        with open(source, "rb") as file:
            text = file.read(4000000)
        if source_hash(text) != head[8:] and name.isprintable():
            print(name, source, int(time.time() - stat(name).st_mtime), sep="\t")
    except (OSError, ValueError):
        continue
' | head -n 50
done
echo '=== end'
