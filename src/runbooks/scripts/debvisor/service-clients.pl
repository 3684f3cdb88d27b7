#!/usr/bin/perl
# Who calls a unit that listens on a port of this host, and which limits does it have?
#
# ss names the control group of a socket for everybody, so the units of the callers are known. Calls are short, so that it is looked at for a second and
# a half.
#
# Reads: ss; of the unit its arguments and environment for the configuration that they name, and that file.
# Prints: kind, name, number and place in columns: client, a unit or session, how often it was seen with a connection; limit, the name of a setting that
#   limits how much it takes, its value, file and line; then === end.
# Needs: ss (127 without it); no right, and of files that this login may not read it tells nothing.
# Arguments: unit, port.

use strict;
use warnings;
my ($unit, $port) = @ARGV;
grep { -x "$_/ss" } split /:/, $ENV{PATH} or exit 127;
my %seen;
for (1 .. 25) {
  open my $from, "-|", "ss", "-Htne", "state", "connected", "exclude", "time-wait", "dport", "=", ":$port" or exit 127;
  my %now = map { m{\bcgroup:\S*?/([^/\s]+)\s} ? ($1 => 1) : () } <$from>;
  close $from;
  $seen{$_}++ for keys %now;
  select undef, undef, undef, 0.06;
}
print join("\t", "client", $_, $seen{$_}, "-"), "\n" for (sort { $seen{$b} <=> $seen{$a} or $a cmp $b } keys %seen)[0 .. (keys %seen > 8 ? 7 : keys(%seen) - 1)];

my $shown = "";
if (open my $from, "-|", "systemctl", "show", "-p", "ExecStart", "-p", "Environment", "--", $unit) { local $/; $shown = <$from> // ""; close $from }
my %files = map { $_ => 1 } $shown =~ m{(?<![\w.-])(/[\w./\@+-]+\.(?:json|ya?ml|toml|conf|cfg|ini))\b}g;
for my $file ((sort keys %files)[0 .. (keys %files > 4 ? 3 : keys(%files) - 1)]) {
  next unless -f $file && open my $in, "<", $file;
  my $told = 0;
  while (<$in>) {
    last if $. > 2000 || $told > 5;
    next unless /^\s*["']?(\w*(?:limit|per_(?:second|minute|hour)|rate|quota|max_(?:calls|requests|connections|concurrent\w*|streams))\w*)["']?\s*[:=]\s*["']?(\d{1,9})\b/i;
    print join("\t", "limit", $1, $2, "$file:$."), "\n";
    $told++;
  }
}
print "=== end\n";
