#!/bin/sh
# How full is each file system that holds something of the platform?
#
# One row for each mount that holds something of the platform, with what it holds. Other mounts are nobody's business
# at 3 a.m. What lies behind a folder that the login may not enter is on the file system of that folder, unless
# something is mounted in between.
#
# Reads: df, postgresql.conf of Debian for its data folders, /proc/self/mounts.
# Prints: a line a mount: roles, size, used and free in KiB, percent used, percent of inodes used, ro or rw, mount;
#   then === end.
# Needs: no right but where something is mounted behind a folder that the login may not enter (77).
# Arguments: errorLog, data, home, pgData.

. ../shared/may-read.sh
errorLog=$1 data=$2 home=$3 pgData=$4
log_dir=${errorLog%/*}
behind() { [ ! -e "$1" ] && closed "$1"; }
# Of a path behind the closed folder $at, which `closed` leaves there.
mounted() {
  at=$at path=$1 awk 'index($2, ENVIRON["at"] "/") == 1 && index(ENVIRON["path"] "/", $2 "/") == 1 { found = 1 }
    END { exit !found }' /proc/self/mounts
}
for path in "$log_dir" "$data" "$home" "$pgData"; do
  if behind "$path" && mounted "$path"; then refuse "$path"; fi
done
of() {
  role=$1; shift
  for path do
    if behind "$path"; then path=$at; fi
    shift
    set -- "$@" "$path"
  done
  df -k --output=size,used,avail,pcent,ipcent,target -- "$@" 2>/dev/null | sed -n "2,\$s/^/$role /p"
}
{
  of debvisor "$data" "$log_dir"
  of code "$home"
  of postgresql "$pgData"
  sed -n "s/^[[:space:]]*data_directory[[:space:]]*=[[:space:]]*'\([^']*\)'.*/\1/p" \
    /etc/postgresql/*/*/postgresql.conf 2>/dev/null |
    while IFS= read -r path; do of postgresql "$path"; done
  of system / /var /tmp /run /dev/shm
} | awk '
  BEGIN {
    while ((getline line < "/proc/self/mounts") > 0) { split(line, part, " "); options[part[2]] = part[4] }
  }
  $2 + 0 == 0 { next }
  {
    mount = $7
    for (i = 8; i <= NF; i++) mount = mount " " $i
    if (!(mount in roles)) { order[++n] = mount; roles[mount] = $1; rest[mount] = $2 " " $3 " " $4 " " int($5) " " int($6) }
    else if (index("," roles[mount] ",", "," $1 ",") == 0) roles[mount] = roles[mount] "," $1
  }
  END {
    for (i = 1; i <= n; i++) {
      m = order[i]
      print roles[m], rest[m], (options[m] ~ /(^|,)ro(,|$)/ ? "ro" : "rw"), m
    }
  }'
echo '=== end'
