#!/bin/sh
# platform.sh DIR SOURCE: the stand-in DebVisor platform in the image DIR, its database made, and the login that diagnoses.
# A few seconds. SOURCE is test/lab.
set -eu
dir=$1
source=$2

cp -r "$source/platforms/guide/opt" "$source/platforms/guide/etc" "$source/platforms/guide/usr" "$dir/"
install -m 755 "$source/image/lab-init" "$dir/usr/lib/lab-init"
chmod 755 "$dir/opt/debvisor/bin/debvisor-server" "$dir/opt/debvisor/bin/debvisor-cli"
ln -sf /opt/debvisor/bin/debvisor-cli "$dir/usr/bin/debvisor-cli"
rm -f "$dir/etc/nginx/sites-enabled/default"
ln -sf /etc/nginx/sites-available/debvisor "$dir/etc/nginx/sites-enabled/debvisor"

run() { chroot "$dir" env LC_ALL=C.UTF-8 "$@"; }

run useradd --system --home-dir /opt/debvisor --shell /usr/sbin/nologin --user-group debvisor
run useradd --create-home --shell /bin/bash --groups adm,systemd-journal debvisor-bot
run install -d -o debvisor -g adm -m 750 /var/log/debvisor
run install -d -o debvisor -g debvisor -m 750 /var/lib/debvisor
run chown -R debvisor:debvisor /opt/debvisor
run install -o debvisor -g adm -m 640 /dev/null /var/log/debvisor/error.log

password=$(openssl rand -hex 12)
printf 'DATABASE_PASSWORD=%s\nSECRET_KEY=%s\n' "$password" "$(openssl rand -hex 16)" >"$dir/opt/debvisor/.env"
run chown root:debvisor /opt/debvisor/.env
run chmod 640 /opt/debvisor/.env

trap 'umount "$dir/proc"' EXIT
mount -t proc proc "$dir/proc"
# A socket of its own and no TCP: this machine may run a PostgreSQL of its own.
install -m 644 "$source/platforms/guide/schema.sql" "$dir/tmp/schema.sql"
run install -d -o postgres -m 700 /tmp/make
postgres() { run setpriv --reuid postgres --regid postgres --init-groups "$@"; }
postgres /usr/lib/postgresql/15/bin/pg_ctl start -w -s -D /var/lib/postgresql/15/main -l /tmp/make/log \
  -o "-c config_file=/etc/postgresql/15/main/postgresql.conf -c listen_addresses= -c unix_socket_directories=/tmp/make -c fsync=off"
postgres psql -q -v ON_ERROR_STOP=1 -v "password=$password" -h /tmp/make -f /tmp/schema.sql
postgres /usr/lib/postgresql/15/bin/pg_ctl stop -w -s -D /var/lib/postgresql/15/main
rm -rf "$dir/tmp/make" "$dir/tmp/schema.sql"

run systemctl -q enable debvisor nginx ssh systemd-networkd
run systemctl -q disable e2scrub_reap.service apt-daily.timer apt-daily-upgrade.timer
run systemctl -q mask systemd-networkd-wait-online.service systemd-resolved.service
rm -f "$dir"/etc/ssh/ssh_host_*
rm -f "$dir/etc/machine-id"
