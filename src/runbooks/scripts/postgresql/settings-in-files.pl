#!/usr/bin/perl
# What do PostgreSQL's files set, and where?
#
# Of the cluster of that port; of a setting that is there twice, the line that counts. A server that does not start, or lets
# nobody in, tells this no more.
#
# Reads: postgresql.conf, what it includes, and postgresql.auto.conf where it may.
# Prints: a line a setting: name, value, FILE:LINE; no value of one that may hold a secret or a command. Then === end.
# Needs: perl-base; to read postgresql.conf (77 where it may not).
# Arguments: pgPort, pgData.

use strict;
require "../shared/paths.pl";
# Numbers of errno(3): the module Errno takes 3 ms of CPU to load.
my $EACCES = 13;
my ($port, $data) = @ARGV;
my $closed;

# Name, value and place of each line, files that it includes in their place ("Managing Configuration File Contents").
sub lines_of {
  my ($file, $depth) = @_;
  my $in;
  if (!open $in, "<", $file) { $closed = $file if $! == $EACCES; return }
  my ($folder) = $file =~ m{^(.*)/};
  my @found;
  while (<$in>) {
    last if $. > 5000;
    my ($name, $value) = /^\s*([A-Za-z_][\w.]*)\s*(?:=\s*|\s)\s*(\x27(?:[^\x27]|\x27\x27)*\x27|[^\s#]+)/ or next;
    $value =~ s/\x27\x27/\x27/g if $value =~ s/^\x27(.*)\x27$/$1/s;
    if ($name =~ /^include(_if_exists|_dir)?$/i) {
      next if $depth > 9;
      my $at = $value =~ m{^/} ? $value : "$folder/$value";
      push @found, map { lines_of($_, $depth + 1) } lc $name eq "include_dir" ? sort(paths_like(as_it_is($at) . "/*.conf")) : $at;
    } else { push @found, [lc $name, $value, "$file:$."] }
  }
  return @found;
}
sub by_name { map { $_->[0] => $_ } @_ }

for my $conf (paths_like("/etc/postgresql/*/*/postgresql.conf"), "$data/postgresql.conf") {
  my @lines = lines_of($conf, 0);
  my %set = by_name(@lines);
  next if !@lines || ($set{port} ? $set{port}[1] : 5432) ne $port;
  my $folder = $set{data_directory} ? $set{data_directory}[1] : $conf =~ s{/[^/]+$}{}r;
  %set = by_name(@lines, lines_of("$folder/postgresql.auto.conf", 0));
  for my $line (map { $set{$_} } sort keys %set) {
    my ($name, $value, $place) = @$line;
    $value = "" if $name =~ /conninfo|command|passphrase|password|secret|key|[.]/;
    print join("\t", map { s/[^ -~]/?/gr } $name, substr($value, 0, 200), $place), "\n";
  }
  print "=== end\n";
  exit;
}
if ($closed) { print STDERR "this login may not read $closed\n"; exit 77 }
print "=== end\n";
