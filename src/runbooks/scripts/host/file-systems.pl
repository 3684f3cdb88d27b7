#!/usr/bin/perl
# How full is each file system that holds something of the platform?
#
# One row for each mount that holds something of the platform, with what it holds. Other mounts are nobody's business
# at 3 a.m. What lies behind a folder that the login may not enter is on the file system of that folder, unless
# something is mounted in between.
#
# Reads: df, postgresql.conf of Debian for its data folders, /proc/self/mounts.
# Prints: a line a mount: roles, size, used and free in KiB, percent used, percent of inodes used, ro or rw, mount;
#   then === end.
# Needs: no right but where something is mounted behind a folder that the login may not enter (77).
# Arguments: errorLog, data, home, pgData.

require "../shared/may-read.pl";
require "../shared/paths.pl";
my ($error_log, $data, $home, $pg_data) = @ARGV;
my $logs = $error_log =~ s{/[^/]*$}{}r;
my (%options, @mounts);
if (open my $in, "<", "/proc/self/mounts") {
  while (<$in>) { my @part = split " "; $options{$part[1]} = $part[3]; push @mounts, $part[1] }
}
sub is_behind { return !-e $_[0] && is_closed($_[0]) }
for my $path ($logs, $data, $home, $pg_data) {
  next unless is_behind($path);
  my $at = nearest_seen($path);
  refuse($path) if grep { index($_, "$at/") == 0 && index("$path/", "$_/") == 0 } @mounts;
}

my @clusters;
for my $file (paths_like("/etc/postgresql/*/*/postgresql.conf")) {
  open my $in, "<", $file or next;
  push @clusters, map { /^\s*data_directory\s*=\s*'([^']*)'/ ? $1 : () } <$in>;
}
my @wanted = map { my ($role, @paths) = @$_; map { { role => $role, path => is_behind($_) ? nearest_seen($_) : $_ } } @paths }
  ["debvisor", $data, $logs], ["code", $home], ["postgresql", $pg_data, @clusters], ["system", qw(/ /var /tmp /run /dev/shm)];

sub rows_of {
  open my $df, "-|", "sh", "-c", 'exec df -k --output=size,used,avail,pcent,ipcent,target -- "$@" 2>/dev/null', "sh", @_ or return;
  my (undef, @rows) = <$df>;
  chomp @rows;
  return @rows;
}
my @rows = rows_of(map { $_->{path} } @wanted);
# One that is not there, or that df cannot look at, has no row: then each is asked by itself.
if (@rows != @wanted) {
  @wanted = grep { -e $_->{path} } @wanted;
  @rows = rows_of(map { $_->{path} } @wanted);
}
@rows = map { (rows_of($_->{path}))[0] } @wanted if @rows != @wanted;
my (%roles, %rest, @order);
for my $at (0 .. $#wanted) {
  my ($size, $used, $free, $percent, $inodes, $mount) = split " ", $rows[$at] // next, 6;
  next if $size !~ /^0*[1-9]/;
  $mount =~ s/\s+/ /g;
  my $role = $wanted[$at]{role};
  if (!$roles{$mount}) {
    push @order, $mount;
    $roles{$mount} = $role;
    $rest{$mount} = join " ", $size, $used, $free, map { /^(\d+)/ ? $1 : 0 } $percent, $inodes;
  } elsif (",$roles{$mount}," !~ /,$role,/) { $roles{$mount} .= ",$role" }
}
for (@order) { print join(" ", $roles{$_}, $rest{$_}, ($options{$_} // "") =~ /(?:^|,)ro(?:,|$)/ ? "ro" : "rw", $_), "\n" }
print "=== end\n";
