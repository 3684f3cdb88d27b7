#!/usr/bin/perl
# Was DebVisor stopped by a limit of its control group?
#
# cgroup v2: memory.events, pids.events; v1 keeps failcnt. The kernel's own counters, readable by all.
#
# Reads: /sys/fs/cgroup.
# Prints: key=value lines: group, memory_max, memory_oom_kill, pids_max.
# Needs: no right.
# Arguments: unit.

require "../shared/ask-once.pl";
my ($unit) = @ARGV;
my $group = value_in(show([$unit], "ControlGroup") // end_as_it_did(), "ControlGroup");
print "group=$group\n";
sub lines_in { open my $in, "<", $_[0] or return; return <$in> }
for my $here (map { $_ . $group } qw(/sys/fs/cgroup /sys/fs/cgroup/memory /sys/fs/cgroup/pids)) {
  next if $group eq "" || !-d $here;
  print map { s/^(oom_kill|max) /memory_$1=/ ? $_ : () } lines_in("$here/memory.events");
  print map { "memory_max=$_" } join "", lines_in("$here/memory.failcnt") if -r "$here/memory.failcnt";
  print map { s/^oom_kill /memory_oom_kill=/ ? $_ : () } lines_in("$here/memory.oom_control");
  print map { s/^max /pids_max=/ ? $_ : () } lines_in("$here/pids.events");
}
# No counter is as good as none counted (the first of two lines counts).
print map { "$_=0\n" } qw(memory_max memory_oom_kill pids_max);
