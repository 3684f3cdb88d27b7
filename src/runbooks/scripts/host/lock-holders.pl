#!/usr/bin/perl
# Who holds the file locks that a process waits for?
#
# Reads: /proc/locks, /proc of the holders; names of files below the folders that are told, to find the one that is locked.
# Prints: a line a lock: who waits, who holds it, its unit, its name, the file (- where it is in none of the folders); then === end.
# Needs: no right; what lies behind a closed folder is not found.
# Arguments: data, home, locks.

use strict;
use warnings;
open my $in, "<", "/proc/locks" or exit 77;
my (%holder, @waits);
while (<$in>) {
  # The holder first, then those that wait for it with the same number (proc_locks(5)).
  my ($number, $waits, $pid, $inode) = /^(\d+): (-> )?\S+\s+\S+\s+\S+\s+(-?\d+)\s+\S+:(\d+) / or next;
  if ($waits) { push @waits, [$pid, $holder{$number} // 0, $inode] }
  else { $holder{$number} = $pid }
}
sub first_of { open my $in, "<", "/proc/$_[0]/$_[1]" or return ""; return scalar(<$in>) // "" }
my %path;
my %wanted = map { $_->[2] => 1 } @waits;
my @left = @ARGV;
my $looked = 0;
while (%wanted && @left && $looked < 5000) {
  my $folder = shift @left;
  opendir my $in, $folder or next;
  for my $name (grep { !/^\.\.?$/ } readdir $in) {
    last if ++$looked > 5000;
    my @is = lstat "$folder/$name" or next;
    $path{$is[1]} //= "$folder/$name" if $wanted{$is[1]};
    push @left, "$folder/$name" if -d _ && !-l _;
  }
}
for (@waits[0 .. ($#waits > 19 ? 19 : $#waits)]) {
  my ($pid, $holder, $inode) = @$_;
  my ($unit) = first_of($holder, "cgroup") =~ m{/([^/\n]+\.(?:service|scope))};
  chomp(my $comm = first_of($holder, "comm"));
  print join("\t", $pid, $holder, $unit // "-", $comm || "-", $path{$inode} // "-") =~ s/[^ -~\t]/?/gr, "\n";
}
print "=== end\n";
