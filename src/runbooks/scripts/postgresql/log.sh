#!/bin/sh
# What did PostgreSQL say since its last start, in its log and its journal?
#
# Reads: the files that its configuration names, or the newest log of a folder; the journal of its units.
# Prints: now=SECONDS zone=OFFSET, then the newest lines.
# Needs: perl-base; to read the log where there is one, and the journal where there is none (77 where it may not).
# Arguments: pgLog, pgPort, pgData.

. ../shared/may-read.sh
. ./log-files.sh
pgLog=$1 pgPort=$2 pgData=$3
journal=yes
if journal_closed; then journal=no; fi
places=$(log_places "$pgLog" "$pgPort" "$pgData" $journal) || exit
[ -n "$places" ] || [ $journal = yes ] || refuse 'the system journal, and there is no log file of PostgreSQL'
date "+now=%s zone=%z"
printf '%s\n' "$places" | log_lines
[ $journal = no ] || journalctl -q -u 'postgresql*' -n 80 --no-pager -o short-iso | tail -n 200 | sed 's/^\([^ ]*\) [^ ]* /\1 /' | cut -c1-400
exit 0
