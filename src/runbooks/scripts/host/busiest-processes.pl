#!/usr/bin/perl
# Which processes use processor, memory and disk?
#
# CPU in percent of one core between two samples, memory in KB; the greatest eight of each, and those that wait for a
# disk. `delayed` is the time that threads were ready to run and had no core (schedstat, the kernel's
# Documentation/scheduler/sched-stats.rst), in percent of one core too: with `cpu` it is what a process wanted, also
# where a neighbour of a container or a quota has the cores. `children` is the CPU of children that ended meanwhile:
# programs too short to be seen are their parent's. `waited` is the percent of ten looks in which they were in state
# D, which lasts milliseconds.
#
# Reads: /proc twice, a second apart.
# Prints: a line a process: pid, percent of a core, children, KiB, state, waited, threads, seconds, unit, user, kind,
#   command, delayed, control group; then === end.
# Needs: no right.

use POSIX;
my $hertz = POSIX::sysconf(_SC_CLK_TCK) || 100;
my $page = (POSIX::sysconf(_SC_PAGESIZE) || 4096) / 1024;
sub snap {
  my %now;
  for my $file (glob "/proc/[0-9]*/stat") {
    open my $in, "<", $file or next;
    my ($pid, $name, $rest) = (<$in> // "") =~ /^(\d+) \((.*)\) (.*)$/s or next;
    my @f = split / /, $rest;
    $now{$pid} = {
      name => $name,
      state => $f[0],
      ticks => $f[11] + $f[12],
      reaped => $f[13] + $f[14],
      threads => $f[17],
      rss => $f[21] * $page,
      kernel => $f[6] & 0x200000,
      delay => delay($pid, $f[17]),
    };
  }
  return \%now;
}
sub text { open my $in, "<", $_[0] or return ""; local $/; return <$in> // "" }
sub delay {
  my ($pid, $threads) = @_;
  my $sum = 0;
  for my $file ($threads > 1 ? glob "/proc/$pid/task/[0-9]*/schedstat" : "/proc/$pid/schedstat") {
    $sum += (split " ", text($file))[1] // 0;
  }
  return $sum / 1e9;
}
sub waiting {
  my @now;
  for my $file (glob "/proc/[0-9]*/stat") {
    open my $in, "<", $file or next;
    push @now, $1 if (<$in> // "") =~ /^(\d+) .*\) D/s;
  }
  return @now;
}
select undef, undef, undef, 0.7;
my ($before, $began) = (snap(), (POSIX::times())[0]);
my %waited;
for (1 .. 10) { select undef, undef, undef, 0.1; $waited{$_} += 10 for waiting() }
my ($after, $ended) = (snap(), (POSIX::times())[0]);
my $seconds = ($ended - $began) / $hertz || 1;
my @all = grep { $_ != $$ && $after->{$_}{name} ne "debvisor probes" } keys %$after;
for (@all) {
  my ($was, $p) = ($before->{$_}, $after->{$_});
  $p->{brood} = $was ? 100 * ($p->{reaped} - $was->{reaped}) / $hertz / $seconds : 0;
  $p->{cpu} = $was ? 100 * ($p->{ticks} - $was->{ticks}) / $hertz / $seconds : 0;
  $p->{delayed} = $was ? 100 * ($p->{delay} - $was->{delay}) / $seconds : 0;
  $p->{delayed} = 0 if $p->{delayed} < 0;
  $p->{wanted} = $p->{cpu} + $p->{delayed};
}
my @by_cpu = (sort { $after->{$b}{wanted} <=> $after->{$a}{wanted} } @all)[0 .. 7];
my @by_rss = (sort { $after->{$b}{rss} <=> $after->{$a}{rss} } @all)[0 .. 7];
my @waiting = (sort { $waited{$b} <=> $waited{$a} } grep { $waited{$_} } @all)[0 .. 9];
my @by_brood = (sort { $after->{$b}{brood} <=> $after->{$a}{brood} } grep { $after->{$_}{brood} > 1 } @all)[0 .. 3];
my %shown;
for my $pid (grep { defined && !$shown{$_}++ } @by_cpu, @by_rss, @by_brood, @waiting) {
  my $p = $after->{$pid};
  my $groups = text("/proc/$pid/cgroup");
  my ($unit) = $groups =~ m{([^/\n]+\.(?:service|scope))(?:/[^\n]*)?$}m;
  my ($group) = $groups =~ m{^\d+:(?:name=systemd)?:(/\S*)}m;
  my $args = text("/proc/$pid/cmdline") =~ s/\0/ /gr =~ s/[^ -~]+/ /gr;
  my $user = getpwuid((stat "/proc/$pid")[4] // 0) // "?";
  printf "%d\t%.1f\t%.1f\t%d\t%s\t%d\t%d\t%d\t%s\t%s\t%s\t%s\t%.1f\t%s\n",
    $pid, $p->{cpu}, $p->{brood}, $p->{rss}, $p->{state}, $waited{$pid} // 0, $p->{threads}, $p->{ticks} / $hertz,
    $unit // "-", $user, $p->{kernel} ? "kernel" : "user", substr($args || "[$p->{name}]", 0, 140), $p->{delayed},
    $group // "/";
}
print "=== end\n";
