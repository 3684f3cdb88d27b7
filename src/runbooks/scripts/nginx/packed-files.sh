#!/bin/sh
# Which packed copies (gzip_static) are older than the files beside them, and unlike them?
#
# nginx gives the copy to whoever takes gzip, as all browsers do, and does not compare its time with the file's.
#
# Reads: files of the folder, four levels deep; of at most 20 copies that are older than their file, the content.
# Prints: a line a copy that is unlike its file: how many seconds it is older, its path; then === end.
# Needs: to read the files (77 where the folder is closed).
# Arguments: folder.

folder=$1
[ -d "$folder" ] || { echo '=== end'; exit; }
if [ ! -r "$folder" ] || [ ! -x "$folder" ]; then
  echo "$folder: Permission denied" >&2
  exit 77
fi
find "$folder" -xdev -maxdepth 4 -type f -size -8M -name '*.gz' ! -name '*[[:cntrl:]]*' 2>/dev/null | head -n 300 | while IFS= read -r packed; do
  plain=${packed%.gz}
  # Every sh of a Linux has -nt.
  # shellcheck disable=SC3013
  if [ -f "$plain" ] && [ "$plain" -nt "$packed" ] && [ -r "$plain" ] && [ -r "$packed" ]; then printf '%s\n' "$packed"; fi
done | head -n 20 | while IFS= read -r packed; do
  plain=${packed%.gz}
  gzip -t "$packed" 2>/dev/null || continue
  gzip -dc "$packed" | cmp -s - "$plain" && continue
  printf '%s\t%s\n' "$(($(stat -Lc %Y "$plain") - $(stat -Lc %Y "$packed")))" "$packed"
done
echo '=== end'
