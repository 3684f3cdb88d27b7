#!/bin/sh
# postgresql.sh DIR VERSION: runs the shell script on stdin in the image DIR while its PostgreSQL is up.
# It has a socket of its own, in $PGHOST, and no TCP: this machine may run a PostgreSQL of its own.
set -eu
dir=$1
version=$2

run() { chroot "$dir" env LC_ALL=C.UTF-8 PGHOST=/tmp/make "$@"; }
postgres() { run setpriv --reuid postgres --regid postgres --init-groups "$@"; }

trap 'umount "$dir/proc"' EXIT
mount -t proc proc "$dir/proc"
run install -d -o postgres -m 755 /tmp/make
postgres "/usr/lib/postgresql/$version/bin/pg_ctl" start -w -s -D "/var/lib/postgresql/$version/main" -l /tmp/make/log \
  -o "-c config_file=/etc/postgresql/$version/main/postgresql.conf -c listen_addresses= -c unix_socket_directories=/tmp/make -c fsync=off"
status=0
run /bin/sh -eus || status=$?
postgres "/usr/lib/postgresql/$version/bin/pg_ctl" stop -w -s -D "/var/lib/postgresql/$version/main"
rm -rf "$dir/tmp/make"
exit "$status"
