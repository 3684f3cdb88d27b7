#!/bin/sh
# Does PostgreSQL take connections?
#
# Reads: what it answers to the beginning of a connection.
# Prints: pg_isready's own words; its exit status says the same.
# Needs: pg_isready (127 without it); no right.
# Arguments: pgHost, pgPort.

# Debian's own is a wrapper in Perl, which takes 30 ms of CPU to run the newest one.
ready=pg_isready
# Every sh of a Linux has -ef.
# shellcheck disable=SC3013
if [ "$(command -v pg_isready)" -ef /usr/share/postgresql-common/pg_wrapper ]; then
  # Those before 10 are older than any Debian that is looked after.
  for each in /usr/lib/postgresql/[1-9][0-9]/bin/pg_isready; do
    [ ! -x "$each" ] || ready=$each
  done
fi
exec "$ready" -h "$1" -p "$2" -t 2
