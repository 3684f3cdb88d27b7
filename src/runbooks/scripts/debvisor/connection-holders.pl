#!/usr/bin/perl
# Who holds connections to DebVisor's port, how many has it accepted, and how many wait?
#
# ss names the control group of a socket for everybody, so the units of callers on this host are known; of others the address. A connection that
# nobody has accepted yet has no file, so no inode; how many they are says the queue of the socket that listens.
#
# Reads: ss.
# Prints: kind, name, number in columns: client, a unit, session or address, its connections; accepted, those that DebVisor has taken and that are
#   open; waiting, those that it has not taken; then === end.
# Needs: ss (127 without it); no right.
# Arguments: port.

use strict;
use warnings;
my ($port) = @ARGV;
grep { -x "$_/ss" } split /:/, $ENV{PATH} or exit 127;
my (%client, %local);
my ($accepted, $waiting) = (0, 0);
open my $from, "-|", "ss", "-Hatne", "(", "sport", "=", ":$port", "or", "dport", "=", ":$port", ")" or exit 127;
my @lines = map { /^(\S+)\s+(\d+)\s+\d+\s+(\S+)\s+(\S+)/ ? { state => $1, queued => $2, own => plain($3), other => plain($4), all => $_ } : () } <$from>;
close $from;

# An IPv4 address of a socket for both kinds stands as [::ffff:127.0.0.1].
sub plain { return $_[0] =~ s/^\[::ffff:([0-9.]+)\]/$1/r }

for (grep { $_->{state} eq "ESTAB" && $_->{other} =~ /:$port$/ } @lines) {
  $local{$_->{own}} = 1;
  $client{$_->{all} =~ m{\bcgroup:\S*?/([^/\s]+)\s} ? $1 : "a program of this host"}++;
}
for (grep { $_->{own} =~ /:$port$/ } @lines) {
  $waiting += $_->{queued} if $_->{state} eq "LISTEN";
  next unless $_->{state} eq "ESTAB" && $_->{all} =~ /\bino:[1-9]/;
  $accepted++;
  $client{$_->{other} =~ s/:\d+$//r}++ unless $local{$_->{other}};
}
print join("\t", "client", $_, $client{$_}), "\n" for (sort { $client{$b} <=> $client{$a} or $a cmp $b } keys %client)[0 .. (keys %client > 8 ? 7 : keys(%client) - 1)];
print "accepted\t-\t$accepted\nwaiting\t-\t$waiting\n=== end\n";
