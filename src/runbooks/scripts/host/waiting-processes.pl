#!/usr/bin/perl
# Which processes wait for the kernel and cannot be ended meanwhile (state D)?
#
# Reads: ps.
# Prints: a line a process, as ps has them: pid, state, seconds since it began, what it waits for, unit, command line; then === end.
# Needs: ps (127 without it); no right.

require "../shared/ask-once.pl";
my $all = processes("pid", "stat", "etimes", "wchan:32", "unit:64") // end_as_it_did();
my @waiting = grep { /^\s*\d+ +D/ } @$all;
splice @waiting, 20 if @waiting > 20;
print map { substr($_, 0, 300) . "\n" } @waiting;
print "=== end\n";
