#!/usr/bin/perl
# What did the kernel complain of in the last two hours?
#
# Reads: the kernel's lines of the journal.
# Prints: now=SECONDS zone=OFFSET, then the newest 40 lines of memory, disks, hangs, connection tracking and denials;
#   then === end.
# Needs: to read the system journal (77 where it may not).

require "../shared/may-read.pl";
require "../shared/log-lines.pl";
refuse("the system journal, or there is none") if is_journal_closed();
print now_and_zone(), "\n";
open my $from, "-|", qw(journalctl -q -t kernel --since=-2h --no-pager -o short-iso -n 5000) or exit 127;
my @complaints = grep { /Out of memory|oom-kill|Killed process|oom_reaper|I\/O error|EXT4-fs error|XFS .*(?:error|shut)|emounting filesystem read-only|blocked for more than|table full, dropping|DENIED|avc: +denied/ } <$from>;
close $from;
# What a signal ended was not all; without entries newer versions exit with 1.
exit 1 if $? & 127 || $? >> 8 >= 128;
chomp @complaints;
splice @complaints, 0, @complaints - 40 if @complaints > 40;
print map { substr($_, 0, 400) . "\n" } @complaints;
print "=== end\n";
