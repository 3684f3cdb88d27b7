#!/bin/sh
# What did the kernel complain of in the last two hours?
#
# Reads: the kernel's lines of the journal.
# Prints: now=SECONDS zone=OFFSET, then the newest 40 lines of memory, disks, hangs, connection tracking and denials;
#   then === end.
# Needs: to read the system journal (77 where it may not).

. ../shared/may-read.sh
if journal_closed; then
  refuse 'the system journal, or there is none'
fi
date '+now=%s zone=%z'
entries=$(journalctl -q -t kernel --since=-2h --no-pager -o short-iso -n 5000)
# What a signal ended was not all; without entries newer versions exit with 1.
[ $? -lt 128 ] || exit
printf '%s\n' "$entries" |
  grep -E 'Out of memory|oom-kill|Killed process|oom_reaper|I/O error|EXT4-fs error|XFS .*(error|shut)|emounting filesystem read-only|blocked for more than|table full, dropping|DENIED|avc: +denied' |
  tail -n 40 | cut -c1-400
echo '=== end'
