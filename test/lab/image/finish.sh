#!/bin/sh
# finish.sh DIR SOURCE: what every image needs beside its platform: the login that diagnoses, the first program, the network.
# SOURCE is test/lab.
set -eu
dir=$1
source=$2

run() { chroot "$dir" env LC_ALL=C.UTF-8 "$@"; }

install -m 755 "$source/image/lab-init" "$dir/usr/lib/lab-init"
run useradd --create-home --shell /bin/bash --groups adm,systemd-journal debvisor-bot
run systemctl -q enable ssh systemd-networkd
run systemctl -q disable e2scrub_reap.service apt-daily.timer apt-daily-upgrade.timer
run systemctl -q mask systemd-networkd-wait-online.service systemd-resolved.service
rm -f "$dir"/etc/ssh/ssh_host_*
rm -f "$dir/etc/machine-id"
