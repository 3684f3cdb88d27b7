#!/bin/sh
# install.sh DIR SOURCE POSTGRESQL: the platform as the guide describes it in the image DIR, its database made. A few seconds.
# SOURCE is test/lab, POSTGRESQL its major version.
set -eu
dir=$1
source=$2
postgresql=$3

cp -r "$source/platforms/guide/opt" "$source/platforms/guide/etc" "$source/platforms/guide/usr" "$dir/"
chmod 755 "$dir/opt/debvisor/bin/debvisor-server" "$dir/opt/debvisor/bin/debvisor-cli"
ln -sf /opt/debvisor/bin/debvisor-cli "$dir/usr/bin/debvisor-cli"
rm -f "$dir/etc/nginx/sites-enabled/default"
ln -sf /etc/nginx/sites-available/debvisor "$dir/etc/nginx/sites-enabled/debvisor"

run() { chroot "$dir" env LC_ALL=C.UTF-8 "$@"; }

run useradd --system --home-dir /opt/debvisor --shell /usr/sbin/nologin --user-group debvisor
run install -d -o debvisor -g adm -m 750 /var/log/debvisor
run install -d -o debvisor -g debvisor -m 750 /var/lib/debvisor
run chown -R debvisor:debvisor /opt/debvisor
run install -o debvisor -g adm -m 640 /dev/null /var/log/debvisor/error.log

password=$(openssl rand -hex 12)
printf 'DATABASE_PASSWORD=%s\nSECRET_KEY=%s\n' "$password" "$(openssl rand -hex 16)" >"$dir/opt/debvisor/.env"
run chown root:debvisor /opt/debvisor/.env
run chmod 640 /opt/debvisor/.env

install -m 644 "$source/platforms/guide/schema.sql" "$dir/tmp/schema.sql"
"$source/image/postgresql.sh" "$dir" "$postgresql" <<END
setpriv --reuid postgres --regid postgres --init-groups psql -q -v ON_ERROR_STOP=1 -v password=$password -f /tmp/schema.sql
END
rm "$dir/tmp/schema.sql"

run systemctl -q enable debvisor nginx
