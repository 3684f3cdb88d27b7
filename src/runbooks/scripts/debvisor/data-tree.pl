#!/usr/bin/perl
# What is DebVisor's data folder made of, before anybody changes its owner?
#
# Reads: /proc/self/mountinfo, find.
# Prints: tab-separated lines: real and the path that the folder really has; mount and each place below it where something
#   is mounted, a bind mount too; path and the first paths that belong to root:root; then === end.
# Needs: perl-base. Paths behind a folder that the login may not enter are left out; their number is another probe's.
# Arguments: data.

use strict;
use warnings;
require "../shared/paths.pl";

my ($data) = @ARGV;
my $real = real_path($data);
-d $data or exit 77;
defined $real or exit 77;

# A name with a control character would be read as another line.
my $line = sub {
  my ($what, $path) = @_;
  print "$what\t$path\n" if $path !~ /[\x00-\x1f\x7f]/;
};
$line->(real => $real);

# proc(5): the fifth word is where it is mounted, blanks and the like as \ooo. The same device is no sign of the same
# mount: a bind mount has it too.
open my $mounts, '<', '/proc/self/mountinfo' or exit 77;
while (my $mount = <$mounts>) {
  my $at = (split ' ', $mount)[4] // next;
  $at =~ s/\\([0-7]{3})/chr oct $1/ge;
  $at =~ s/[\x00-\x1f\x7f]/?/g;
  $line->(mount => $at) if index($at, "$real/") == 0;
}

my $shown = 0;
open my $found, '-|', 'find', $real, '-ignore_readdir_race', qw(-user root -group root -print0) or exit 77;
{
  local $/ = "\0";
  while ($shown < 5 and defined(my $path = <$found>)) {
    chomp $path;
    $line->(path => $path);
    $shown++;
  }
}
# More than we tell: find ends when nobody reads on.
close $found;
print "=== end\n";
