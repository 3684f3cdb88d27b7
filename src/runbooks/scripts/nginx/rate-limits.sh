#!/bin/sh
# Which limit_rate stands in nginx's configuration?
#
# With the location that each stands in, "-" outside of any: a limit over downloads is nobody's business.
#
# Reads: nginx.conf, conf.d, sites-enabled.
# Prints: a line a limit: FILE:LINE, bytes, location; then === end.
# Needs: to read all of them (77 where it may not, 127 without nginx).

. ../shared/may-read.sh
[ -e /etc/nginx ] || exit 127
for folder in /etc/nginx /etc/nginx/conf.d /etc/nginx/sites-enabled; do
  if closed "$folder" || closed "$folder/any.conf"; then refuse "$folder"; fi
done
for file in /etc/nginx/nginx.conf /etc/nginx/conf.d/*.conf /etc/nginx/sites-enabled/*; do
  if closed "$file"; then refuse "$file"; fi
  [ -e "$file" ] || continue
  sed 's/#.*//' "$file" | awk -v file="$file" '
    {
      line = $0
      while (match(line, /[{};]/)) {
        word = substr(line, 1, RSTART - 1); mark = substr(line, RSTART, 1); line = substr(line, RSTART + 1)
        word = held " " word; held = ""
        sub(/^[ \t]+/, "", word); sub(/[ \t]+$/, "", word)
        if (mark == "{") { depth++; within[depth] = within[depth - 1]; if (word ~ /^location /) { within[depth] = word; sub(/^location[ \t]+/, "", within[depth]) } }
        else if (mark == "}") depth--
        else if (word ~ /^limit_rate[ \t]/) {
          split(word, part, /[ \t]+/); n = part[2] + 0
          if (part[2] ~ /[kK]$/) n *= 1024
          if (part[2] ~ /[mM]$/) n *= 1048576
          if (part[2] ~ /^[0-9]+[kKmM]?$/) printf "%s:%d\t%d\t%s\n", file, NR, n, within[depth] == "" ? "-" : within[depth]
        }
      }
      held = held " " line
    }'
done
echo '=== end'
