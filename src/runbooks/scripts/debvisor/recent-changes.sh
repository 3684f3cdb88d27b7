#!/bin/sh
# What was changed before?
#
# Files and links by their inode's change, which chmod, chown and mv make too; packages by dpkg's log, else by rpm's
# own times; the platform's units by their last change of state. The newest of each kind, newest first. `since` is in
# seconds.
#
# Reads: times of configuration files, dpkg's log or rpm, units and the journal.
# Prints: a line a change: kind, age in seconds, time, name; then === end.
# Needs: no right; what it may not see it leaves out, and nothing is concluded from what is missing.
# Arguments: configFile, envFile, unit, since, home.

configFile=$1 envFile=$2 unit=$3 since=$4 home=$5
{
  find -H /etc/debvisor /etc/postgresql /etc/nginx /etc/systemd/system /etc/default /etc/sysctl.d /etc/security \
    /etc/apparmor.d /etc/hosts /etc/nsswitch.conf /etc/fstab /etc/nftables.conf /etc/sysctl.conf "$configFile" "$envFile" \
    -maxdepth 5 \( -type f -o -type l \) -printf 'file\t%C@\t%p\n' 2>/dev/null
  # Of the program its own files, without those that come with it by the thousand, and those that it writes itself. It stops
  # after two seconds, so that a large folder or a slow file system does not take the other answers with it.
  timeout 2 find -H "$home" -xdev -mindepth 1 -maxdepth 5 \( -name '.*' -o -name __pycache__ -o -name node_modules \
    -o -name site-packages -o -name dist-packages -o -name log -o -name logs -o -name tmp -o -name cache -o -name sessions -o -name uploads \
    -o -name data -o -name run -o -name spool \) -prune -o \
    ! -name '*.log' ! -name '*.log.*' ! -name '*.pid' ! -name '*.db' ! -name '*.db-*' ! -name '*.sqlite*' ! -name '*.rrd' \
    \( -type f -o -type l \) -printf 'file\t%C@\t%p\n' 2>/dev/null | head -n 5000
  if [ -r /var/log/dpkg.log ]; then cat /var/log/dpkg.log.1 /var/log/dpkg.log 2>/dev/null
  elif command -v rpm >/dev/null; then rpm -qa --qf 'package\t%{INSTALLTIME}\t%{NAME} %{VERSION}-%{RELEASE}\n'; fi
  systemctl show "$unit" 'postgresql*' 'nginx*' --no-pager -p Id -p ActiveState -p StateChangeTimestamp 2>/dev/null
  # A stopped instance is forgotten by systemd, and remembered by its journal.
  journalctl -q _PID=1 -u "$unit" -u 'postgresql*' -u 'nginx*' -n 40 --no-pager -o short-iso 2>/dev/null
} | perl ./recent-changes.pl "$since"
