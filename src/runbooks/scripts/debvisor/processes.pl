#!/usr/bin/perl
# Which processes has DebVisor's unit?
#
# Reads: systemctl show, ps.
# Prints: a line a process, as ps has them: pid, state, user, memory in KiB, threads, seconds since it began, unit, command line.
# Needs: ps (127 without it); no right.
# Arguments: unit.

require "../shared/ask-once.pl";
my $unit = value_in(show([$ARGV[0]], "Id") // end_as_it_did(), "Id");
my $all = processes("pid", "stat", "user:32", "rss", "nlwp", "etimes", "unit:64") // end_as_it_did();
my @own = grep { (split " ", $_, 8)[6] eq $unit } @$all;
splice @own, 20 if @own > 20;
print map { substr($_, 0, 300) . "\n" } @own;
