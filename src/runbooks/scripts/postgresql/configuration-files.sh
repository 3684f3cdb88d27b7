#!/bin/sh
# What do PostgreSQL's clusters have for a configuration, and whose is their data?
#
# Reads: postgresql.conf and start.conf, stat of the data folder.
# Prints: a line a cluster: file, data, owner, mode, start, listen_addresses, port, max_connections.
# Needs: to read postgresql.conf (77 where it may not).
# Arguments: pgData.

. ../shared/may-read.sh
pgData=$1
setting() { sed -n "s/^[[:space:]]*$1[[:space:]]*=[[:space:]]*'*\([^'#[:space:]]*\).*/\1/p" "$conf" | tail -n 1; }
# Debian keeps them in /etc; elsewhere they are in the data folder itself, which most logins may not read.
own="$pgData"/postgresql.conf found=no
for conf in /etc/postgresql/*/*/postgresql.conf "$own"; do
  # Where Debian's folder has one, there is none beside the data.
  [ "$conf" != "$own" ] || [ $found = no ] || [ -r "$own" ] || continue
  if closed "$conf"; then refuse "$conf"; fi
  [ -e "$conf" ] || continue
  found=yes
  data=$(setting data_directory)
  [ -n "$data" ] || data=$(dirname -- "$conf")
  owner=missing mode=0
  if [ -e "$data" ]; then owner=$(stat -L -c %U -- "$data"); mode=$(stat -L -c %a -- "$data")
  elif closed "$data"; then refuse "$data"; fi
  start=$(grep -hvE '^[[:space:]]*(#|$)' "$(dirname "$conf")/start.conf" 2>/dev/null | head -n 1)
  # An empty list of addresses is a setting too: the socket only.
  listen=$(setting listen_addresses)
  grep -q '^[[:space:]]*listen_addresses' "$conf" || listen=localhost
  port=$(setting port); slots=$(setting max_connections)
  printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' \
    "$conf" "$data" "$owner" "$mode" "${start:-auto}" "${listen:--}" "${port:-5432}" "${slots:-100}"
done
exit 0
