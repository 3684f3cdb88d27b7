#!/bin/sh
# How psql is asked, for a script that says `. ./psql.sh`: $@ is psql, as the user postgres where the login is root.
#
# ask COMMAND…: runs it with time limits and ends as it does, but with 69 where nobody listens: that is no matter of
#   rights.

if [ "$(id -u)" = 0 ]; then set -- runuser -u postgres -- psql; else set -- psql; fi
ask() {
  { said=$("$@" 2>&1 >&3); } 3>&1 && return
  code=$?
  printf '%s\n' "$said" >&2
  case $said in *'Connection refused'* | *'No such file or directory'*) code=69 ;; esac
  return $code
}
# Whoever may create functions in the database could have a superuser's session call theirs (CVE-2018-1058).
export PGCONNECT_TIMEOUT=4 PGOPTIONS='-c statement_timeout=4000 -c search_path=pg_catalog'
cd / || exit
