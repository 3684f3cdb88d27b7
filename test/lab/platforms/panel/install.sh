#!/bin/sh
# install.sh DIR SOURCE POSTGRESQL: the web panel and the RPC daemon as the published repository deploys them, in the image DIR, with
# certificates and database. A few seconds. SOURCE is test/lab, POSTGRESQL its major version.
set -eu
dir=$1
source=$2
postgresql=$3

cp -r "$source/platforms/panel/opt" "$source/platforms/panel/etc" "$dir/"
rm -f "$dir/etc/nginx/sites-enabled/default"
ln -s /etc/nginx/sites-available/debvisor-panel "$dir/etc/nginx/sites-enabled/debvisor-panel"

run() { chroot "$dir" env LC_ALL=C.UTF-8 "$@"; }

run useradd --system --home-dir /var/lib/debvisor/rpc --shell /usr/sbin/nologin --user-group debvisor-rpc
run install -d -m 755 /var/lib/debvisor
run install -d -o www-data -g www-data -m 750 /var/lib/debvisor/panel /var/cache/debvisor
run install -d -o debvisor-rpc -g debvisor-rpc -m 750 /var/lib/debvisor/rpc
run install -d -o www-data -g adm -m 750 /var/log/debvisor
run install -d -m 755 /etc/debvisor/certs
run chown -R www-data:www-data /opt/debvisor/web/panel
run chown -R debvisor-rpc:debvisor-rpc /opt/debvisor/rpc
echo '[{"name": "node1", "state": "up"}, {"name": "node2", "state": "up"}, {"name": "node3", "state": "up"}]' \
  >"$dir/var/lib/debvisor/rpc/nodes.json"
run chown debvisor-rpc:debvisor-rpc /var/lib/debvisor/rpc/nodes.json

# certificate NAME GROUP USE NAMES: signed by the platform's own authority; its key may be read by GROUP.
certs=/etc/debvisor/certs
certificate() {
  run openssl req -quiet -new -newkey rsa:2048 -nodes -subj "/O=DebVisor/CN=$1" -addext "subjectAltName=$4" \
    -addext "extendedKeyUsage=$3" -keyout "$certs/$1.key" -out "/tmp/$1.csr"
  run openssl x509 -req -days 365 -in "/tmp/$1.csr" -copy_extensions copy -CA "$certs/ca.crt" -CAkey /etc/debvisor/pki/ca.key \
    -CAcreateserial -out "$certs/$1.crt" 2>/dev/null
  rm "$dir/tmp/$1.csr"
  run chown "root:$2" "$certs/$1.key"
  run chmod 640 "$certs/$1.key"
}
run install -d -m 700 /etc/debvisor/pki
run openssl req -quiet -x509 -newkey rsa:2048 -nodes -days 3650 -subj '/O=DebVisor/CN=DebVisor internal CA' \
  -addext keyUsage=critical,keyCertSign,cRLSign -keyout /etc/debvisor/pki/ca.key -out "$certs/ca.crt"
certificate panel www-data serverAuth DNS:panel.debvisor.local,DNS:localhost,IP:127.0.0.1
certificate rpc-server debvisor-rpc serverAuth DNS:localhost,IP:127.0.0.1
certificate panel-client www-data clientAuth DNS:panel.debvisor.local

password=$(openssl rand -hex 12)
sed -i "s/@PASSWORD@/$password/" "$dir/etc/systemd/system/debvisor-panel.service"
printf '# Secrets of the web panel.\nSECRET_KEY=%s\nJWT_SECRET=%s\n' "$(openssl rand -hex 32)" "$(openssl rand -hex 32)" \
  >"$dir/etc/default/debvisor-panel"
printf 'LOG_LEVEL=INFO\nDB_POOL_SIZE=20\nDB_MAX_OVERFLOW=10\nRPC_PORT=7443\n' >"$dir/opt/debvisor/web/panel/.env"
run chown root:www-data /etc/default/debvisor-panel /opt/debvisor/web/panel/.env
run chmod 640 /etc/default/debvisor-panel /opt/debvisor/web/panel/.env

"$source/image/postgresql.sh" "$dir" "$postgresql" <<END
as() { user=\$1; shift; setpriv --reuid "\$user" --regid "\$user" --init-groups "\$@"; }
as postgres psql -q -v ON_ERROR_STOP=1 -c "CREATE ROLE debvisor LOGIN PASSWORD '$password'" -c 'CREATE DATABASE debvisor OWNER debvisor'
cd /opt/debvisor/web/panel
as postgres env PYTHONDONTWRITEBYTECODE=1 DATABASE_URL="postgresql:///debvisor?host=\$PGHOST&options=-crole%3Ddebvisor" python3 migrate.py operator "$(cat "$source/platforms/panel/operator")"
END

run systemctl -q enable debvisor-panel debvisor-rpcd nginx
run systemctl -q disable redis-server
