#!/usr/bin/perl
# Which packages do installed ones depend on that are not installed?
#
# dpkg keeps them where somebody removed one by force, or a package was unpacked without what it needs (dpkg(1), --force-depends). Of Python's packages the
# module too, so that it is known which of them a program uses.
#
# Reads: /var/lib/dpkg/status.
# Prints: package, its module, what it lacks in columns, 20 at most; then === end.
# Needs: perl-base; no right (127 without dpkg).

use strict;
use warnings;
open my $in, "<", "/var/lib/dpkg/status" or exit 127;
my (%there, @needed);
{
  local $/ = "";
  while (<$in>) {
    next unless /^Status: \S+ \S+ installed$/m;
    my ($name) = /^Package: (\S+)$/m or next;
    $there{$name} = 1;
    if (/^Provides: (.*)$/m) { $there{$_} = 1 for map { /^\s*([^\s:(]+)/ ? $1 : () } split /,/, $1 }
    push @needed, [$name, $_] for map { /^(?:Pre-)?Depends: (.*)$/ ? split(/,/, $1) : () } split /\n/;
  }
}
my $told = 0;
for (@needed) {
  my ($package, $need) = @$_;
  my @any = map { /^\s*([a-z0-9][^\s:(]*)/ ? $1 : () } split /\|/, $need;
  next if !@any || grep { $there{$_} } @any;
  my $module = $package =~ /^python3-(.+)$/ ? $1 =~ tr/-/_/r : $package;
  print join("\t", $package, $module, $any[0]), "\n";
  last if ++$told >= 20;
}
print "=== end\n";
