#!/usr/bin/perl
# What do the processes of PostgreSQL say that they do?
#
# Reads: ps.
# Prints: a line a process, as ps has them: pid, seconds since it began, seconds of CPU, its title; then === end.
# Needs: ps (127 without it); no right.

require "../shared/ask-once.pl";
my $all = processes("pid", "etimes", "cputimes") // end_as_it_did();
my @backends = grep { /^ *[0-9]+ +[0-9]+ +[0-9]+ postgres: / } @$all;
splice @backends, 400 if @backends > 400;
print map { substr($_, 0, 200) . "\n" } @backends;
print "=== end\n";
