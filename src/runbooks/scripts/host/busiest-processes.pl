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
#   command, delayed, control group, and of the work that it belongs to: name, processes that wanted the processor,
#   percent of a core that they used; the same two of all processes of its unit; children that have ended and that it has
#   not asked for (zombies, wait(2)), how many
#   processors it may use (sched_setaffinity(2)), and which; its nice value; then === end.
# Needs: no right.

require "../shared/kernel.pl";
require "../shared/paths.pl";
my $hertz = clock_ticks();
my $page = page_size() / 1024;
sub snap {
  my %now;
  for my $id (process_ids()) {
    open my $in, "<", "/proc/$id/stat" or next;
    my ($pid, $name, $rest) = (<$in> // "") =~ /^(\d+) \((.*)\) (.*)$/s or next;
    my @f = split / /, $rest;
    $now{$pid} = {
      name => $name,
      state => $f[0],
      parent => $f[1],
      ticks => $f[11] + $f[12],
      reaped => $f[13] + $f[14],
      threads => $f[17],
      # The idle class (SCHED_IDLE, sched(7)) gives way to all others, as the greatest nice does.
      nice => ($f[38] // 0) == 5 ? 19 : $f[16],
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
  for my $file ($threads > 1 ? paths_like("/proc/$pid/task/[0-9]*/schedstat") : "/proc/$pid/schedstat") {
    $sum += (split " ", text($file))[1] // 0;
  }
  return $sum / 1e9;
}
sub args { return text("/proc/$_[0]/cmdline") =~ s/\0/ /gr =~ s/[^ -~]+/ /gr }
sub unit { return text("/proc/$_[0]/cgroup") =~ m{([^/\n]+\.(?:service|scope))(?:/[^\n]*)?$}m ? $1 : "-" }
# What processes with the same work have in common of their command lines.
sub work {
  my ($args, $name) = @_;
  $args = args($1) || $args if $args =~ /^postgres: .*parallel worker for PID (\d+)/;
  return "postgres: $1 $2" if $args =~ /^postgres: (?:\S+: )?(\S+) (\S+) (?:\[local\]|\S+\(\d+\))/;
  return $1 if $args =~ /^([\w-]+: \S+(?: [a-z]+)*)/;
  my ($program, $script) = $args =~ m{^(?:\S*/)?(\S+)(?: +(?=\S*[/.])(?:\S*/)?([^-\s]\S*))?};
  return "[$name]" unless defined $program;
  return defined $script && $program =~ /^(?:python|node|perl|ruby|java|php|sh$|bash$|dash$)/ ? "$program $script" : $program;
}
sub processors {
  my ($list) = text("/proc/$_[0]/status") =~ /^Cpus_allowed_list:\s*([0-9,-]+)/m or return (0, "-");
  my $number = 0;
  $number += defined $2 ? $2 - $1 + 1 : 1 while $list =~ /(\d+)(?:-(\d+))?/g;
  return ($number, $list);
}
sub waiting {
  my @now;
  for my $id (process_ids()) {
    open my $in, "<", "/proc/$id/stat" or next;
    push @now, $1 if (<$in> // "") =~ /^(\d+) .*\) D/s;
  }
  return @now;
}
select undef, undef, undef, 0.7;
my ($before, $began) = (snap(), elapsed());
my %waited;
for (1 .. 10) { select undef, undef, undef, 0.1; $waited{$_} += 10 for waiting() }
my ($after, $ended) = (snap(), elapsed());
my $seconds = $ended - $began || 1;
my @all = grep { $_ != $$ && $after->{$_}{name} ne "debvisor probes" } keys %$after;
for (@all) {
  my ($was, $p) = ($before->{$_}, $after->{$_});
  $p->{brood} = $was ? 100 * ($p->{reaped} - $was->{reaped}) / $hertz / $seconds : 0;
  $p->{cpu} = $was ? 100 * ($p->{ticks} - $was->{ticks}) / $hertz / $seconds : 0;
  $p->{delayed} = $was ? 100 * ($p->{delay} - $was->{delay}) / $seconds : 0;
  $p->{delayed} = 0 if $p->{delayed} < 0;
  $p->{wanted} = $p->{cpu} + $p->{delayed};
}
# The work of whoever wanted half a percent of a core or more.
my (%unit_of, %work_of, %work, %unit);
for my $pid (grep { $after->{$_}{wanted} >= 0.5 } @all) {
  my $p = $after->{$pid};
  $unit_of{$pid} = unit($pid);
  $work_of{$pid} = work(args($pid), $p->{name});
  $p->{work} = ($unit_of{$pid} =~ s/@[^.]*//r =~ s/\d+//gr) . " $work_of{$pid}";
  for my $sum ($work{$p->{work}} //= {}, $unit{$unit_of{$pid}} //= {}) {
    $sum->{cpu} += $p->{cpu};
    $sum->{processes}++;
    $sum->{busiest} = $pid if !defined $sum->{busiest} || $p->{cpu} > $after->{$sum->{busiest}}{cpu};
  }
}
my @by_work = map { $_->{busiest} } grep { defined } (sort { $b->{cpu} <=> $a->{cpu} } values %work)[0 .. 2];
my @by_unit = map { $_->{busiest} } grep { defined } (sort { $b->{cpu} <=> $a->{cpu} } values %unit)[0 .. 1];
my @by_cpu = (sort { $after->{$b}{wanted} <=> $after->{$a}{wanted} } @all)[0 .. 7];
my @by_rss = (sort { $after->{$b}{rss} <=> $after->{$a}{rss} } @all)[0 .. 7];
my @waiting = (sort { $waited{$b} <=> $waited{$a} } grep { $waited{$_} } @all)[0 .. 9];
my @by_brood = (sort { $after->{$b}{brood} <=> $after->{$a}{brood} } grep { $after->{$_}{brood} > 1 } @all)[0 .. 3];
my %zombies;
$zombies{$after->{$_}{parent}}++ for grep { $after->{$_}{state} eq "Z" } @all;
my @by_zombies = (sort { $zombies{$b} <=> $zombies{$a} } grep { $zombies{$_} >= 50 && $after->{$_} } keys %zombies)[0 .. 1];
my @by_threads = (sort { $after->{$b}{threads} <=> $after->{$a}{threads} } grep { $after->{$_}{threads} >= 500 } @all)[0 .. 1];
my %shown;
for my $pid (grep { defined && !$shown{$_}++ } @by_cpu, @by_rss, @by_brood, @waiting, @by_work, @by_unit, @by_zombies, @by_threads) {
  my $p = $after->{$pid};
  my $groups = text("/proc/$pid/cgroup");
  my $unit = $unit_of{$pid} // unit($pid);
  my ($group) = $groups =~ m{^\d+:(?:name=systemd)?:(/\S*)}m;
  my $args = args($pid);
  my ($work, $all) = ($work{$p->{work} // ""} // {}, $unit{$unit} // {});
  my $user = getpwuid((stat "/proc/$pid")[4] // 0) // "?";
  printf "%d\t%.1f\t%.1f\t%d\t%s\t%d\t%d\t%d\t%s\t%s\t%s\t%s\t%.1f\t%s\t%s\t%d\t%.1f\t%d\t%.1f\t%d\t%d\t%s\t%d\n",
    $pid, $p->{cpu}, $p->{brood}, $p->{rss}, $p->{state}, $waited{$pid} // 0, $p->{threads}, $p->{ticks} / $hertz,
    $unit, $user, $p->{kernel} ? "kernel" : "user", substr($args || "[$p->{name}]", 0, 140), $p->{delayed},
    $group // "/", substr($work_of{$pid} // "-", 0, 100), $work->{processes} // 0, $work->{cpu} // 0,
    $all->{processes} // 0, $all->{cpu} // 0, $zombies{$pid} // 0, processors($pid), $p->{nice};
}
print "=== end\n";
