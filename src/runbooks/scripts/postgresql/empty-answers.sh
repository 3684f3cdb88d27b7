#!/bin/sh
# Which paths of the API answer with nothing?
#
# Reads: the newest access log of nginx.
# Prints: a line a path: empty answers, others since, path.
# Needs: perl-base; to read that log (77 where it may not).

# What may not be read, or lies behind a folder that may not be passed, where nobody can say that it is not there.
closed() {
  at=$1
  until [ -e "$at" ]; do at=$(dirname -- "$at"); done
  if [ "$at" = "$1" ]; then [ ! -r "$at" ]; else [ -d "$at" ] && [ ! -x "$at" ]; fi
}
refuse() { echo "this login may not read $1" >&2; exit 77; }
if closed /var/log/nginx/ || closed /var/log/nginx/access.log; then refuse /var/log/nginx; fi
log=$(ls -t -- /var/log/nginx/*access*.log 2>/dev/null | head -n 1)
[ -n "$log" ] || exit 0
! closed "$log" || refuse "$log"
tail -n 500 -- "$log" | perl -n ./empty-answers.pl |
  grep -P '\t/'
exit 0
