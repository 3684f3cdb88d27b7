#!/bin/sh
# base.sh DIR SUITE PACKAGE...: Debian SUITE with the programs of a DebVisor host, in DIR. Needs root; takes about 100 s.
# The mirror is the one that this machine's own apt uses.
set -eu
dir=$1
suite=$2
shift 2

mirror=$(apt-get indextargets --format '$(REPO_URI) $(COMPONENT)' 'Created-By: Packages' |
  awk '$1 ~ /\/debian\/?$/ && $2 == "main" { print $1; exit }')
[ -n "$mirror" ] || { echo "apt names no mirror of Debian" >&2; exit 1; }

base=systemd,systemd-sysv,dbus,openssh-server,iproute2,procps,net-tools,sudo,curl,ca-certificates
debootstrap --variant=minbase --include="$base" "$suite" "$dir" "$mirror"

printf '#!/bin/sh\nexit 101\n' >"$dir/usr/sbin/policy-rc.d"
chmod 755 "$dir/usr/sbin/policy-rc.d"
trap 'umount "$dir/proc"' EXIT
mount -t proc proc "$dir/proc"
# --force-unsafe-io: a crash of this machine only costs the image.
chroot "$dir" env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 apt-get install -y --no-install-recommends \
  -o Dpkg::Options::=--force-unsafe-io "$@"
rm "$dir/usr/sbin/policy-rc.d"
rm -rf "$dir"/var/cache/apt/archives/*.deb "$dir"/var/lib/apt/lists/*
