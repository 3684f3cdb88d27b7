#!/bin/sh
# What did nginx say last, in its error logs and its journal?
#
# Each server and location may have a log of its own.
#
# Reads: the error log, those that error_log in the configuration names, the journal of the unit.
# Prints: now=SECONDS zone=OFFSET, then the newest lines of each.
# Needs: to read the logs that are there, and the journal where there is none (77 where it may not).
# Arguments: nginxLog, nginxUnit.

. ../shared/may-read.sh
log=$1 nginxUnit=$2
logs=$(cat /etc/nginx/nginx.conf /etc/nginx/conf.d/*.conf /etc/nginx/sites-enabled/* 2>/dev/null |
  sed -nE "s,^[^#]*\berror_log[[:space:]]+[\"']?(/[^;\"'[:space:]]+).*,\1,p" |
  grep -vxF -e "$log" -e /dev/null -e /dev/stderr | sort -u | head -n 6)
set -f
found=
for each in "$log" $logs; do
  if closed "$each"; then refuse "$each"; fi
  if [ -e "$each" ]; then found=yes; fi
done
journal=yes
if journal_closed; then
  journal=no
  [ -n "$found" ] || refuse "the system journal, and there is no $log"
fi
date '+now=%s zone=%z'
for each in $logs "$log"; do
  [ -f "$each" ] && tail -n 60 -- "$each" | cut -c1-400
done
[ $journal = no ] || journalctl -q -u "$nginxUnit" -n 20 --no-pager -o short-iso | tail -n 200 | sed 's/^\([^ ]*\) [^ ]* /\1 /' | cut -c1-400
exit 0
