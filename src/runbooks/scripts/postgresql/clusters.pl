#!/usr/bin/perl
# Which clusters of PostgreSQL has Debian, and are they up?
#
# pg_lsclusters loads much and takes 40 ms of CPU. Of one cluster that is up and has a plain configuration it says nothing that its files do not say:
# only that is told without it, in its words.
#
# Reads: pg_lsclusters, or postgresql.conf, the cluster's pid file and /proc.
# Prints: a line a cluster: version, name, port, status, owner, data folder, log.
# Needs: pg_lsclusters (127 without it); no right.

use strict;
require "../shared/paths.pl";
my $line = of_plain_one();
if (defined $line) { print "$line\n"; exit }
{ no warnings; exec "pg_lsclusters", "--no-header" }
exit 127;

sub text_of {
  open my $in, "<", $_[0] or return "";
  local $/;
  return <$in> // "";
}

sub of_plain_one {
  my ($program) = grep { -x } map { "$_/pg_lsclusters" } split /:/, $ENV{PATH} // "";
  return if ($program // "") ne "/usr/bin/pg_lsclusters";
  my @files = paths_like("/etc/postgresql/*/*/postgresql.conf");
  my ($version, $name) = @files == 1 && $files[0] =~ m{^/etc/postgresql/(\d+\.?\d+)/([^/]+)/} ? ($1, $2) : return;
  open my $in, "<", $files[0] or return;
  my %set;
  for (<$in>) {
    next if /^\s*(?:#|$)/;
    # As PgCommon reads a line; what it takes otherwise is left to it.
    my ($key, $quoted, $plain) = /^\s*(\w+)\s*(?:=|\s)\s*(?:'([^'\\]*)'|([^'\s#]+))\s*(?:#.*)?$/ or return;
    # Debian's conf.d is empty but where somebody put something there.
    next if $key eq "include_dir" && ($quoted // "") eq "conf.d" && !paths_like($files[0] =~ s/postgresql\.conf$/conf.d\/*.conf/r);
    return if $key =~ /^(?:include|logging_collector|log_destination)/i || exists $set{$key};
    $set{$key} = $quoted // $plain;
  }
  my ($data, $pid_file, $sockets) = @set{qw(data_directory external_pid_file unix_socket_directories)};
  return if !$data || !$sockets || !$pid_file || open my $altered, "<", "$data/postgresql.auto.conf";
  my @data = stat $data or return;
  return if grep { -e "$data/$_" } "standby.signal", "recovery.signal", "recovery.conf";
  open my $pids, "<", $pid_file or return;
  my ($pid) = (<$pids> // "") =~ /^(\d+)$/ or return;
  my ($comm, $groups) = map { text_of("/proc/$pid/$_") } "comm", "cgroup";
  return if $comm ne "postgres\n" || $groups =~ /\b(?:pacemaker|patroni)\b/ || !-e "/usr/lib/postgresql/$version/bin/postgres";
  my $log = readlink($files[0] =~ s/postgresql\.conf$/log/r) // "/var/log/postgresql/postgresql-$version-$name.log";
  return join " ", $version, $name, $set{port} || 5432, "online", getpwuid($data[4]) // return, $data, $log;
}
