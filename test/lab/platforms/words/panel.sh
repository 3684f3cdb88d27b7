# shellcheck shell=sh disable=SC2034,SC2154
# Words for injections and probes on a panel host. They reach it on stdin only; browser.py is in $browser_source.
direct=https://127.0.0.1:8443
front=https://127.0.0.1
name=panel.debvisor.local
panel_unit=/etc/systemd/system/debvisor-panel.service
rpcd_unit=/etc/systemd/system/debvisor-rpcd.service
site=/etc/nginx/sites-available/debvisor-panel
limits=/etc/nginx/conf.d/debvisor-rate-limits.conf
certs=/etc/debvisor/certs
secrets=/etc/default/debvisor-panel
dotenv=/opt/debvisor/web/panel/.env
app=/opt/debvisor/web/panel
env_file=$dotenv
platform_unit=debvisor-panel
hba=/etc/postgresql/17/main/pg_hba.conf
pg_config=/etc/postgresql/17/main/postgresql.conf
pg_unit=postgresql@17-main
sql() { runuser -u postgres -- psql -XqAt -d debvisor -c "$1"; }
# browser COMMAND [SECONDS] [FRONT]
browser() { PANEL_PASSWORD=$panel_password python3 -c "$browser_source" "${3:-$front}" "$1" ${2:+"$2"}; }
# at_once N COMMAND: what so many browsers say. One alone stays with one worker, by the connection that nginx keeps.
at_once() { (for n in $(seq "$1"); do browser "$2" 5 & done; wait); }
# ask URL: the status, for the name of the site.
ask() { curl -sk -o /dev/null -w '%{http_code}' -m 8 -H "Host: $name" "$1"; }
ready() { curl -sk -m 8 "$direct/health/ready"; }
unit() { systemctl show -P "$2" "debvisor-$1"; }
is_failed() { [ "$(unit "$1" ActiveState)" = failed ]; }
restarts() { [ "$(unit "$1" NRestarts)" -ge 1 ]; }
drop_in() {
  mkdir -p "/etc/systemd/system/$1.d"
  cat >"/etc/systemd/system/$1.d/override.conf"
  systemctl daemon-reload
}
restart() { systemctl restart "debvisor-$1" 2>/dev/null || true; }
pg_restart() { systemctl restart $pg_unit 2>/dev/null || true; }
pg_setting() { echo "$1" >>$pg_config; }
site_edit() { sed -i "$1" "$site"; systemctl reload nginx; }
unit_edit() { sed -i "$2" "/etc/systemd/system/debvisor-$1.service"; systemctl daemon-reload; restart "$1"; }
panel_log() { journalctl -q -u debvisor-panel -n 60 -o cat | grep -q "$1"; }
# issue NAME USE NAMES OPTION...: signs the certificate of NAME again.
issue() {
  crt=$certs/$1.crt csr=$(mktemp)
  openssl req -quiet -new -key "$certs/$1.key" -subj "/O=DebVisor/CN=$1" -addext "extendedKeyUsage=$2" -addext "subjectAltName=$3" -out "$csr"
  shift 3
  openssl x509 -req -in "$csr" -copy_extensions copy -CA "$certs/ca.crt" -CAkey /etc/debvisor/pki/ca.key -CAcreateserial -out "$crt" "$@" 2>/dev/null
  rm "$csr"
}
of_last_year='-not_before 20251001000000Z -not_after 20251101000000Z'
# trusted: what curl says of the site's certificate, as a browser that trusts the platform's authority: 0 where it is good.
trusted() { curl -s -o /dev/null -m 8 --cacert "$certs/ca.crt" --resolve "$name:443:127.0.0.1" "https://$name/auth/login"; echo $?; }
# Many tabs of the dashboard behind one address.
tabs() {
  for tab in $(seq "$1"); do
    background "kiosk-$tab" sh -c "while :; do curl -sk -o /dev/null -m 8 -H 'Host: $name' $front/api/stats; sleep 2; done"
  done
}
# A program that the host runs beside the platform: stops by itself after 10 minutes.
background() { job=$1; shift; systemd-run -q --unit="$job" -p RuntimeMaxSec=540 "$@"; }
# Writes a file until its disk has no block left.
fill() { for size in 1M 16k 1k; do dd if=/dev/zero of="$1" bs=$size oflag=append conv=notrunc,fsync 2>/dev/null; done; }
