#!/usr/bin/perl
# Part of environment-order.sh, which says what it answers.

require "../shared/paths.pl";
# Numbers of errno(3): the module Errno takes 3 ms of CPU to load.
my $ENOENT = 2;
my ($file, $n, $order, @sources) = ("-", 0, 0);
while (<STDIN>) {
  chomp;
  if (m{^# (/\S.*)$}) { ($file, $n) = ($1, 0); next }
  $n++;
  if (/^\s*Environment\s*=\s*(.*)/) {
    my $all = $1;
    if ($all eq "") { @sources = grep { $_->[0] ne "set" } @sources; next }
    push @sources, ["set", "$file:$n", [$1 // $3 // $5, $2 // $4 // $6]] while $all =~ /"(\w+)=([^"]*)"|\x27(\w+)=([^\x27]*)\x27|(\w+)=(\S*)/g;
  } elsif (/^\s*EnvironmentFile\s*=\s*-?(.*?)\s*$/) {
    if ($1 eq "") { @sources = grep { $_->[0] ne "file" } @sources }
    else { push @sources, ["file", "$file:$n", $_] for paths_like($1) }
  }
}
my (%class, %count);
my $say = sub { print join("\t", map { s/[^ -~]/?/gr } @_), "\n" };
my $set = sub {
  my ($at, $name, $value, $place) = @_;
  $value =~ s/^\s+|\s+$//g;
  $value =~ s/^(["\x27])(.*)\1$/$2/;
  $class{"$name\n$value"} //= ++$count{$name};
  $say->("set", $at, $name, $class{"$name\n$value"}, $place);
};
$set->(0, @{$_->[2]}, $_->[1]) for grep { $_->[0] eq "set" } @sources;
for my $source (grep { $_->[0] eq "file" } @sources) {
  $order++;
  my $in;
  my $open = open $in, "<", $source->[2];
  next if !$open && $! == $ENOENT;
  $say->($open ? "file" : "closed", $order, $source->[2], 0, $source->[1]);
  next unless $open;
  my $line = 0;
  while (<$in>) { $line++; $set->($order, $1, $2, "$source->[2]:$line") if /^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*)/ }
}
print "=== end\n"
