#!/bin/sh
# What do PostgreSQL's clusters have for a configuration, and whose is their data?
#
# Reads: postgresql.conf, the folder that it includes, postgresql.auto.conf where it may, start.conf, stat of the data.
# Prints: a line a cluster: file, data, owner, mode, start, listen_addresses, port, max_connections, how many of them are
#   reserved, and where that is set.
# Needs: to read postgresql.conf (77 where it may not).
# Arguments: pgData.

. ../shared/may-read.sh
pgData=$1
# A line a setting: name, value, FILE:LINE.
settings_in() {
  for file; do
    [ ! -r "$file" ] || awk '{
      name = tolower($0); sub(/^[ \t]+/, "", name); sub(/[ \t=].*/, "", name)
      if (name !~ /^(data_directory|listen_addresses|port|max_connections|(superuser_)?reserved_connections|include_dir)$/) next
      value = $0; sub(/^[ \t]*[A-Za-z_]+[ \t]*=?[ \t]*/, "", value)
      if (value ~ /^\047/) { value = substr(value, 2); sub(/\047.*/, "", value) } else sub(/[ \t#].*/, "", value)
      print name "\t" value "\t" FILENAME ":" FNR
    }' "$file"
  done
}
# The last line of a setting is the one that counts.
of() { printf '%s\n' "$all" | awk -F '\t' -v name="$1" '$1 == name { last = $2 } END { print last }'; }
# What clients meet: addresses (an empty list is a setting too: the socket only), port, slots, the reserved ones, where.
limits() {
  printf '%s\n' "$all" | awk -F '\t' '
    { value[$1] = $2; place[$1] = $3 }
    function in_force(name, standard) { return value[name] == "" ? standard : value[name] }
    END {
      listen = "listen_addresses" in place ? in_force("listen_addresses", "-") : "localhost"
      places = place["superuser_reserved_connections"] " " place["reserved_connections"]; gsub(/^ +| +$/, "", places)
      print listen "\t" in_force("port", 5432) "\t" in_force("max_connections", 100) "\t" \
        in_force("superuser_reserved_connections", 3) + in_force("reserved_connections", 0) "\t" places
    }'
}
# Debian keeps them in /etc; elsewhere they are in the data folder itself, which most logins may not read.
own="$pgData"/postgresql.conf found=no
for conf in /etc/postgresql/*/*/postgresql.conf "$own"; do
  # Where Debian's folder has one, there is none beside the data.
  [ "$conf" != "$own" ] || [ $found = no ] || [ -r "$own" ] || continue
  if closed "$conf"; then refuse "$conf"; fi
  [ -e "$conf" ] || continue
  found=yes
  folder=$(dirname -- "$conf")
  all=$(settings_in "$conf")
  more=$(of include_dir)
  case $more in /* | '') ;; *) more=$folder/$more ;; esac
  [ -z "$more" ] || all=$(settings_in "$conf" "$more"/*.conf)
  data=$(of data_directory)
  [ -n "$data" ] || data=$folder
  owner=missing mode=0
  if [ -e "$data" ]; then owner=$(stat -L -c %U -- "$data"); mode=$(stat -L -c %a -- "$data")
  elif closed "$data"; then refuse "$data"; fi
  all=$all$(echo; settings_in "$data/postgresql.auto.conf")
  start=$(grep -hvE '^[[:space:]]*(#|$)' "$folder/start.conf" 2>/dev/null | head -n 1)
  printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$conf" "$data" "$owner" "$mode" "${start:-auto}" "$(limits)"
done
exit 0
