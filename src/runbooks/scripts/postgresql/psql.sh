#!/bin/sh
# How psql is asked, for a script that says `. ./psql.sh` when it has $pgPort and $psqlHost: $@ is psql, as the user postgres where the login is root.
#
# ask COMMAND…: runs it with time limits and ends as it does, but with 69 where nobody listens, or there is no such
#   database: that is no matter of rights.

# Debian's psql is a wrapper in Perl, which takes 40 ms of CPU to run the newest one. What it would find besides, with a port and without a host: the
# folder of the sockets, where the cluster's configuration names another one than the usual, in which psql itself looks. PGCLUSTER and user_clusters
# count without a port alone.
psql=psql newest=0
# local: the usual socket file. $pgPort and $psqlHost are the script's own.
# shellcheck disable=SC2154
psqlHost=${psqlHost:-local} folder=/var/run/postgresql
[ "$psqlHost" = local ] || folder=$psqlHost
# Every sh of a Linux has -ef.
# shellcheck disable=SC2154,SC3013
if [ "$(command -v psql)" -ef /usr/share/postgresql-common/pg_wrapper ] && [ -S "$folder/.s.PGSQL.$pgPort" ]; then
  for each in /usr/lib/postgresql/[1-9][0-9]/bin/psql; do
    version=${each#/usr/lib/postgresql/} version=${version%%/*}
    if [ -x "$each" ] && [ "$version" -gt "$newest" ]; then psql=$each newest=$version; fi
  done
fi
if [ "$(id -u)" = 0 ]; then set -- runuser -u postgres -- "$psql"; else set -- "$psql"; fi
[ "$psqlHost" = local ] || set -- "$@" -h "$psqlHost"
ask() {
  # A server of this host is not the one that DebVisor uses, so it says nothing of it.
  [ "$psqlHost" != elsewhere ] || return 0
  { said=$("$@" 2>&1 >&3); } 3>&1 && return
  code=$?
  printf '%s\n' "$said" >&2
  case $said in *'Connection refused'* | *'No such file or directory'* | *'FATAL:  database "'*'" does not exist'*) code=69 ;; esac
  return $code
}
# Whoever may create functions in the database could have a superuser's session call theirs (CVE-2018-1058).
export PGCONNECT_TIMEOUT=4 PGOPTIONS='-c statement_timeout=4000 -c search_path=pg_catalog'
cd / || exit
