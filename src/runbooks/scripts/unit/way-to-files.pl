#!/usr/bin/perl
# Part of way-to-files.sh, which says what it answers.

# Numbers of errno(3): the module Errno takes 3 ms of CPU to load.
my ($ENOENT, $ENOTDIR) = (2, 20);
my ($home, $data, $config, $logs, $lost) = @ARGV;
my %unit;
while (<STDIN>) {
  chomp;
  my ($key, $value) = split /=/, $_, 2;
  push @{$unit{$key}}, $value if defined $value && $value ne "";
}
my $first = sub { $unit{$_[0]} ? $unit{$_[0]}[0] : "" };
# Another root: what is seen here is not what the unit sees.
if ($first->("RootDirectory") || $first->("RootImage")) { print "=== end\n"; exit }
my $user = $first->("User");
my $any = $user eq "" || $user =~ /^(root|0)$/ || $first->("AmbientCapabilities") =~ /cap_dac_/;
my ($uid, %gid);
if (!$any && $first->("DynamicUser") ne "yes") {
  my @is = $user =~ /^\d+$/ ? getpwuid $user : getpwnam $user;
  if (@is) {
    $uid = $is[2];
    $gid{$is[3]} = 1;
    while (my @group = getgrent) { $gid{$group[2]} = 1 if grep { $_ eq $is[0] } split / /, $group[3] }
    for (split / /, $first->("Group") . " " . $first->("SupplementaryGroups")) {
      my $id = /^\d+$/ ? $_ : getgrnam $_;
      $gid{$id} = 1 if defined $id;
    }
  }
}
my $refused = sub {
  my ($at, $bits) = @_;
  my @is = stat $at or return 0;
  return 0 if $any || !defined $uid;
  my $bit = $uid == $is[4] ? $bits << 6 : $gid{$is[5]} ? $bits << 3 : $bits;
  return 0 if ($is[2] & $bit) == $bit;
  open my $list, "-|", "ls", "-ld", "--", $at or return 0;
  my $line = <$list> // "";
  return $line =~ /^\S{10}\+/ ? 0 : 1;
};
my $mode = sub {
  my @is = stat $_[0];
  sprintf "%s:%s, mode %o", getpwuid($is[4]) // $is[4], getgrgid($is[5]) // $is[5], $is[2] & 07777;
};
my %said;
my $say = sub {
  my ($role, $state, $object, $about, $stop, $path) = @_;
  return if $said{$state}{$object}++;
  print join("\t", map { s/[^ -~]/?/gr } $role, $state, $object, $about, $stop, $path), "\n";
};
my $walk = sub {
  my ($role, $path, $bits) = @_;
  my @to = grep { $_ ne "" && $_ ne "." } split m{/}, $path;
  my ($at, $links, $left, $via) = ("", 0, 0, undef);
  while (@to) {
    my $here = $at eq "" ? "/" : $at;
    return $say->($role, "closed", $here, $mode->($here), "-", $path) if $role ne "environment" && $refused->($here, 1);
    my $name = shift @to;
    $left-- if $via;
    if ($name eq "..") { $at =~ s{/[^/]*$}{}; next }
    my $next = "$at/$name";
    if (!lstat $next) {
      return $say->($role, "no folder", $here, $mode->($here), "-", $path) if $! == $ENOTDIR;
      return unless $! == $ENOENT;
      return $say->($role, "dangling", $via->[0], $via->[1], $next, $path) if $via;
      return $say->($role, "missing", $next, "-", $next, $path);
    }
    if (-l _) {
      my $target = readlink $next;
      return unless defined $target;
      return $say->($role, "dangling", $next, $target, "a circle of links", $path) if ++$links > 40;
      my @parts = grep { $_ ne "" && $_ ne "." } split m{/}, $target;
      if (!$via) { $via = [$next, $target]; $left = 0 }
      $left += @parts;
      unshift @to, @parts;
      $at = "" if $target =~ m{^/};
      next;
    }
    $at = $next;
    $via = undef if $via && $left <= 0;
  }
  $say->($role, "closed", $at, $mode->($at), "-", $path)
    if $at ne "" && $bits && $role ne "environment" && $refused->($at, $bits);
  return $at;
};
$walk->("folder", $_ =~ s/^[-!]+//r, 1) for grep { m{^[-!]*/} } $first->("WorkingDirectory");
my ($program) = $first->("ExecStart") =~ /path=([^ ;]+)/;
if (defined $program) {
  my $found = $walk->("program", $program, 1);
  if ($found && -f $found && open my $in, "<", $found) {
    my $line = "";
    read $in, $line, 200;
    $walk->("interpreter", $1, 1) if $line =~ m{^#! *(/[^ \r\n]+)};
  }
}
my ($argv) = $first->("ExecStart") =~ /argv\[\]=(.*?) ;/;
my @words = map { m{^(?:[^/= ]+=)?(/[^ ]+)$} ? $1 : () } split / /, $argv // "";
$walk->("argument", $_, 0) for grep { !defined $program || $_ ne $program } @words[0 .. ($#words > 9 ? 9 : $#words)];
for (@{$unit{EnvironmentFiles} // []}) { $walk->("environment", $1, 0) if m{^(/[^ *?]+) \(ignore_errors=no\)} }
$walk->("lost", $lost, 0) if $lost ne $config;
$walk->("config", $config, 4);
$walk->($_->[0], $_->[1], 1) for [home => $home], [data => $data], [logs => $logs];
$walk->("inside", $_, 0) for @{$unit{Inside} // []};
print "=== end\n"
