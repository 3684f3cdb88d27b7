#!/bin/sh
# What do the metrics of the connection pool say?
#
# Reads: PgBouncer's admin console, or a URL.
# Prints: lines that name a pool or connections.
# Needs: psql or curl (perl-base for http); the right to ask.
# Arguments: poolMetrics, pgHost, pgbouncerPort.

where=$1 pgHost=$2 pgbouncerPort=$3
if [ "$where" = pgbouncer ]; then
  pools=$(PGCONNECT_TIMEOUT=4 psql -h "$pgHost" -p "$pgbouncerPort" -d pgbouncer -X -w -q --csv -c 'show pools') || exit
  printf '%s\n' "$pools" | head -c 20000
  exit
fi
if command -v curl >/dev/null; then answer=$(curl -fsS -m 5 -- "$where")
else answer=$(perl ./pool-metrics.pl "$where"); fi || exit
found=$(printf '%s\n' "$answer" | grep -iE 'pool|connection' | grep -v '^#' | head -n 60)
[ -n "$found" ] || { echo "$where tells nothing of a pool or of connections" >&2; exit 65; }
printf '%s\n' "$found"
