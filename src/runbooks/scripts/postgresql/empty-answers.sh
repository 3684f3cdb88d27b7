#!/bin/sh
# Which paths of the API answer with nothing?
#
# Reads: the newest access log of nginx.
# Prints: a line a path: empty answers, others since, path; then === end.
# Needs: perl-base; to read that log (77 where it may not).

. ../shared/may-read.sh
if closed /var/log/nginx/ || closed /var/log/nginx/access.log; then refuse /var/log/nginx; fi
# The newest one; find does not sort.
# shellcheck disable=SC2012
log=$(ls -t -- /var/log/nginx/*access*.log 2>/dev/null | head -n 1)
[ -z "$log" ] || ! closed "$log" || refuse "$log"
[ -z "$log" ] || tail -n 500 -- "$log" | perl -n ./empty-answers.pl || exit
echo '=== end'
