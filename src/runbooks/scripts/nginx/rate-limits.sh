#!/bin/sh
# Which limit_rate stands in nginx's configuration?
#
# These are the files from which the parser `nginx-rate-limits` tells it.
#
# Reads: nginx.conf, conf.d, sites-enabled.
# Prints: each file that has one below # configuration file NAME:; then === end.
# Needs: to read all of them (77 where it may not, 127 without nginx).

. ../shared/may-read.sh
[ -e /etc/nginx ] || exit 127
for folder in /etc/nginx /etc/nginx/conf.d /etc/nginx/sites-enabled; do
  if closed "$folder" || closed "$folder/any.conf"; then refuse "$folder"; fi
done
for file in /etc/nginx/nginx.conf /etc/nginx/conf.d/*.conf /etc/nginx/sites-enabled/*; do
  if closed "$file"; then refuse "$file"; fi
  [ -e "$file" ] || continue
  # Comments and indents are left out; each line keeps its number.
  text=$(sed 's/^[[:space:]]*//; s/^#.*//' "$file")
  case $text in *limit_rate*) printf '# configuration file %s:\n%s\n' "$file" "$text" ;; esac
done
echo '=== end'
