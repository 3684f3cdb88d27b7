#!/usr/bin/perl
# Which servers of PostgreSQL run?
#
# Reads: ps.
# Prints: a line a server, as ps has them: pid, state, user, command line.
# Needs: ps (127 without it); no right.

require "../shared/ask-once.pl";
my $all = processes("pid", "stat", "user:32") // end_as_it_did();
my @servers = grep { (split " ")[3] =~ m{(?:^|/)(?:postgres|postmaster)$} && / -D/ } @$all;
print map { substr($_, 0, 300) . "\n" } @servers;
