#!/usr/bin/perl
# In what state are the platform's other units?
#
# Reads: systemctl show, of them and of what those that are down require; the state of their processes in /proc.
# Prints: systemd's own blocks of key=value lines, each with Age: seconds since its state changed last, and Lacks: what
#   it requires and is not up, in words, with commas between them. Halted: how many processes it has, where a signal has
#   stopped all of them (SIGSTOP) or its control group is frozen; else 0.
# Needs: no right.
# Arguments: services (names with spaces between them).

use strict;
use warnings;
require "../shared/paths.pl";
require "../shared/unit-settings.pl";
my @names = map { /\.[a-z]+$/ ? $_ : "$_.service" } split / /, $ARGV[0];

my @shown = qw(Id LoadState ActiveState SubState UnitFileState Result Type Restart TriggeredBy ExecMainCode
  ExecMainStatus NRestarts ConditionResult ConditionTimestampMonotonic AssertResult PrivateNetwork DropInPaths
  ControlGroup EnvironmentFiles ExecStart WorkingDirectory StateChangeTimestampMonotonic Requires Requisite BindsTo);
my (@blocks, @lines);
for (lines_of("systemctl", "show", "--no-pager", (map { ("-p", $_) } @shown), "--", @names), "") {
  if ($_ ne "") { push @lines, $_; next }
  push @blocks, [@lines] if @lines;
  @lines = ();
}
exit 1 if !@blocks;
sub value_of { my ($name, $block) = @_; my ($value) = map { /^\Q$name\E=(.*)$/ ? $1 : () } @$block; return $value // "" }
sub required { my ($block) = @_; return map { split / /, value_of($_, $block) } qw(Requires Requisite BindsTo) }

# What is up requires nothing that is not.
my @down = grep { value_of("ActiveState", $_) !~ /^(?:active|reloading)$/ } @blocks;
my %wanted = map { $_ => 1 } map { required($_) } @down;
my @wanted = sort keys %wanted;
splice @wanted, 100 if @wanted > 100;
my %state;
for (shown_units([qw(Id LoadState ActiveState)], @wanted)) {
  $state{$_->{Id}} = $_->{LoadState} ne "loaded" ? $_->{LoadState} : $_->{ActiveState};
}
my $not_up = qr/^(?:failed|inactive|not-found|masked|bad-setting|error)$/;
sub lacks {
  my ($block) = @_;
  return join ", ", map { "$_ is $state{$_}" } grep { ($state{$_} // "active") =~ $not_up } required($block);
}

# After the name of a process, which may have spaces and parentheses, stands its state: T is stopped. One of several may be
# somebody's job in a terminal.
sub halted {
  my ($group) = @_;
  my ($root) = grep { -r "$_$group/cgroup.procs" } $group eq "" ? () : qw(/sys/fs/cgroup /sys/fs/cgroup/systemd);
  return 0 unless defined $root;
  my $is_frozen = (text_of("$root$group/cgroup.events", 1000) // "") =~ /^frozen 1$/m;
  my @stats = map { text_of("/proc/$_/stat", 1000) // () } (text_of("$root$group/cgroup.procs", 100_000) // "") =~ /(\d+)/g;
  my @stopped = grep { $is_frozen || (/.*\) (\S)/s && $1 eq "T") } @stats;
  return @stopped == @stats ? scalar @stopped : 0;
}

my ($uptime) = (text_of("/proc/uptime", 100) // "") =~ /^(\d+)/;
for my $block (@blocks) {
  my ($since) = value_of("StateChangeTimestampMonotonic", $block) =~ /^(\d+)\d{6}$/;
  print map { "$_\n" } grep { !/^(?:Requires|Requisite|BindsTo)=/ } @$block;
  print "Halted=", halted(value_of("ControlGroup", $block)), "\n";
  print "Age=", ($uptime // 0) - ($since // 0), "\n";
  print "Lacks=", lacks($block), "\n" if grep { $_ == $block } @down;
  print "\n";
}
