#!/usr/bin/perl
# May a worker of nginx write where it keeps large messages?
#
# Reads: /proc of a worker, every folder on the way, df.
# Prints: a line a folder: path, mode, owner, group, may (yes, no, missing, unseen); a last one of the worker with the
#   percent used; then === end.
# Needs: perl-base; no right (69 where no worker runs).
# Arguments: tempFile.

require "../shared/paths.pl";
# Numbers of errno(3): the module Errno takes 3 ms of CPU to load.
my $ENOENT = 2;
my ($file) = @ARGV;
sub text { open my $in, "<", $_[0] or return ""; local $/; return <$in> // "" }
my ($uid, %groups);
for my $dir (map { "/proc/$_" } sort(process_ids())) {
  next unless text("$dir/cmdline") =~ /^nginx: worker process/;
  my $status = text("$dir/status");
  ($uid) = $status =~ /^Uid:\s+\d+\s+(\d+)/m;
  %groups = map { $_ => 1 } map { split " " } $status =~ /^(?:Gid:\s+\d+|Groups:)\s+([\d ]*)/mg;
  last;
}
exit 69 unless defined $uid;
my @names = split m{/}, $file;
pop @names;
my ($path, $seen) = ("", "/");
for my $at (0 .. $#names) {
  $path = $at == 0 ? "/" : $at == 1 ? "/$names[1]" : "$path/$names[$at]";
  my @is = stat $path;
  if (!@is) { printf "%s\t-\t-\t-\t%s\n", $path, $! == $ENOENT ? "missing" : "unseen"; last }
  $seen = $path;
  my $bits = $is[4] == $uid ? $is[2] >> 6 : $groups{$is[5]} ? $is[2] >> 3 : $is[2];
  my $wanted = $at == $#names ? 3 : 1;
  my $may = $uid == 0 || ($bits & $wanted) == $wanted ? "yes" : "no";
  printf "%s\t%04o\t%s\t%s\t%s\n", $path, $is[2] & 07777, getpwuid($is[4]) // $is[4], getgrgid($is[5]) // $is[5], $may;
}
my $used = qx{df -P -- \Q$seen\E 2>/dev/null} =~ /(\d+)%/ ? $1 : -1;
printf "%s\t%s\t%s\t-\tworker\n", $seen, $used, getpwuid($uid) // $uid;
print "=== end\n"
