#!/usr/bin/perl
# How are the paths that an error named, now?
#
# Each folder on the way is looked at as each account that runs a unit of the platform would meet it, by mode and access list.
# Where the unit sees other files than the host (its own root, /tmp, /home, mounts), `hidden` names the setting.
#
# Reads: systemctl show of the units, stat(2) of the path and its folders, /proc/self/mountinfo, the platform's configuration files.
# Prints: a line a path and account: path, state (there, missing, dangling, not a folder, loop, unseen), the component where that is so,
#   kind, account, whether it is that of the first unit, access (closed, read, write, ?), the component that closes it, its owner and mode,
#   owner, mount (ro or rw, and where), full (-, blocks, inodes), named (FILE:LINE of the configuration), hidden; then === end.
# Needs: perl-base, coreutils; no right.
# Arguments: unit, services, home, configFile, first, second, third, fourth. Of the paths `/` is none.

use strict;
use warnings;
require "../shared/paths.pl";
require "../shared/unit-settings.pl";
require "../shared/kernel.pl";
require "../shared/access.pl";
# Numbers of errno(3): the module Errno takes 3 ms of CPU to load.
my ($ENOENT, $EACCES, $ENOTDIR, $ELOOP) = (2, 13, 20, 40);
my ($unit, $services, $home, $config, @paths) = @ARGV;

my @names = map { /\.[a-z]+$/ ? $_ : "$_.service" } $unit, split / /, $services;
my @shown = qw(Id LoadState User Group SupplementaryGroups AmbientCapabilities DynamicUser FragmentPath DropInPaths RootDirectory RootImage
  PrivateTmp PrivateDevices ProtectHome InaccessiblePaths TemporaryFileSystem BindPaths BindReadOnlyPaths);
my @units = grep { $_->{LoadState} eq "loaded" } shown_units(\@shown, @names);

# Who runs them: the groups by account, the one of DebVisor's unit first.
my (@accounts, %groups);
for my $one (@units) {
  my $name = $one->{User} eq "" || $one->{User} eq "0" || $one->{AmbientCapabilities} =~ /cap_dac_/ ? "root" : $one->{User};
  $name = getpwuid($name) // $name if $name =~ /^\d+$/;
  push @accounts, $name unless $groups{$name};
  push @{$groups{$name}}, split / /, "$one->{Group} $one->{SupplementaryGroups}";
}

sub hidden {
  my ($path) = @_;
  for my $one (@units) {
    for (qw(RootDirectory RootImage)) { return "$_=$one->{$_}" if $one->{$_} !~ m{^/?$} }
    return "PrivateTmp=$one->{PrivateTmp}" if $one->{PrivateTmp} !~ /^(?:no)?$/ && $path =~ m{^/(?:var/)?tmp/};
    return "ProtectHome=$one->{ProtectHome}" if $one->{ProtectHome} !~ /^(?:no)?$/ && $path =~ m{^/(?:home|root|run/user)(?:/|$)};
    return "PrivateDevices=yes" if $one->{PrivateDevices} eq "yes" && $path =~ m{^/dev/};
    for my $key (qw(InaccessiblePaths TemporaryFileSystem BindPaths BindReadOnlyPaths)) {
      for (split / /, $one->{$key}) {
        # Of a mount it is the second path that the unit sees.
        my ($at) = $key =~ /^Bind/ ? m{^[-+]*[^:]+:(/[^:]*)} : m{^[-+]*(/[^:]*)};
        ($at) = m{^[-+]*(/[^:]*)} unless defined $at;
        return "$key=$at" if defined $at && below($path, $at);
      }
    }
  }
  return "-";
}

# The components that are there, and what stops the way.
sub way {
  my ($path) = @_;
  my ($at, @there) = ("", "/");
  my @parts = grep { $_ ne "" && $_ ne "." } split m{/}, $path;
  while (defined(my $part = shift @parts)) {
    $at .= "/$part";
    if (!stat $at) {
      return ("missing", $at, \@there) if $! == $ENOENT && !lstat $at;
      return ("dangling", $at, \@there) if $! == $ENOENT || -l $at && $! != $EACCES && $! != $ELOOP;
      return ("loop", $at, \@there) if $! == $ELOOP;
      return ("not a folder", $there[-1], \@there) if $! == $ENOTDIR;
      return ("unseen", $there[-1], \@there);
    }
    push @there, $at;
    return ("not a folder", $at, \@there) if @parts && !-d _;
  }
  return ("there", $at, \@there);
}

sub may { my ($account, $at, @bits) = @_; for (@bits) { my $may = allows($account, $groups{$account}, $at, $_); return $may unless $may } return 1 }

# What the account may do with it, and which component keeps it from that.
sub access {
  my ($account, $state, $there) = @_;
  my ($last, @folders) = reverse @$there;
  my $is_there = $state eq "there";
  for my $folder (reverse($is_there ? @folders : ($last, @folders))) {
    my $enters = -d $folder ? may($account, $folder, 1) : 1;
    return ("?", $folder) unless defined $enters;
    return ("closed", $folder) unless $enters;
  }
  return ("?", $last) unless $is_there || $state eq "missing";
  my $reads = $is_there ? may($account, $last, -d $last ? (4, 1) : 4) : 1;
  my $writes = may($account, $last, -d $last ? (2, 1) : 2);
  return ("?", $last) unless defined $reads && defined $writes;
  return ($reads ? $writes ? "write" : "read" : "closed", $last);
}

# A mount may be read-only by itself or by its file system.
my @mounts;
for (split /\n/, text_of("/proc/self/mountinfo") // "") {
  my ($at, $own, $whole) = m{^(?:\S+ ){4}(\S+) (\S+).* - \S+ \S+ (\S+)$} or next;
  push @mounts, [$at =~ s/\\(\d{3})/chr oct $1/ger, "$own $whole"];
}
sub below { my ($path, $folder) = @_; return index($path =~ s{/*$}{/}r, $folder =~ s{/*$}{/}r) == 0 }
sub mount_of {
  my ($path) = @_;
  my $found;
  for (@mounts) { $found = $_ if below($path, $_->[0]) && (!$found || length $_->[0] >= length $found->[0]) }
  return "-" unless $found;
  return ($found->[1] =~ /(?:^| )ro(?:,| |$)/ ? "ro" : "rw") . " $found->[0]";
}

# Less than one of a hundred is left to those who are not root.
sub full {
  my ($at) = @_;
  my ($line) = lines_of("stat", "-f", "-c", "%a %b %d %c", "--", $at);
  my ($blocks, $all, $inodes, $most) = ($line // "") =~ /^(\d+) (\d+) (\d+) (\d+)$/ or return "-";
  return $all > 0 && $blocks * 100 < $all ? "blocks" : $most > 0 && $inodes * 100 < $most ? "inodes" : "-";
}

# The platform's configuration, as far as it can be read.
my @texts;
sub configuration {
  return @texts if @texts;
  my $folder = as_it_is($config =~ s{/[^/]*$}{}r);
  my $own = as_it_is($home);
  my @files = map { ($_->{FragmentPath}, split / /, $_->{DropInPaths}) } @units;
  push @files, map { paths_like($_) } "$folder/*", "$folder/*/*", "/etc/default/debvisor*", "$own/.env";
  push @files, map { paths_like("$own/*.$_") } qw(json yml yaml toml ini conf cfg);
  for my $file (grep { $_ ne "" } @files) {
    last if @texts >= 60;
    my $text = -s $file ? text_of($file, 1 << 16) : undef;
    push @texts, [$file, $text] if defined $text;
  }
  push @texts, ["", ""] unless @texts;
  return @texts;
}

sub named {
  my ($path) = @_;
  for (configuration()) {
    my ($file, $text) = @$_;
    next unless $text =~ m{(?<![\w./-])\Q$path\E(?![\w./-])};
    my $line = 1 + (substr($text, 0, $-[0]) =~ tr/\n//);
    return "$file:$line";
  }
  return "-";
}

sub owner { my @is = stat $_[0] or return "?"; return getpwuid($is[4]) // $is[4] }
sub about { my @is = stat $_[0] or return "?"; return sprintf "%s:%s, mode %o", owner($_[0]), getgrgid($is[5]) // $is[5], $is[2] & 07777 }
sub kind { my ($at) = @_; return -d $at ? "folder" : -S _ ? "socket" : -b _ || -c _ ? "device" : -p _ ? "pipe" : -f _ ? "file" : "-" }

my %seen;
for my $path (grep { $_ ne "/" && !$seen{$_}++ } @paths) {
  my ($state, $at, $there) = way($path);
  my $last = $there->[-1];
  # Mounts behind a closed folder are known too.
  my @same = (mount_of($state eq "unseen" ? $path : $last), full($last), named($path), hidden($path));
  my $first = 1;
  for my $account (@accounts ? @accounts : "-") {
    my ($access, $where) = $account eq "-" ? ("?", $last) : access($account, $state, $there);
    my @of_account = ($account, $first ? "yes" : "no", $access, $where, about($where), owner($where));
    print join("\t", map { s/[^ -~]/?/gr } $path, $state, $at, kind($last), @of_account, @same), "\n";
    $first = 0;
  }
}
print "=== end\n";
