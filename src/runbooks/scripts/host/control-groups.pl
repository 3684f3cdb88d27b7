#!/usr/bin/perl
# Which units are at a limit of their control group?
#
# Control groups with a limit, v1 and v2: CPU periods and those in which the unit was throttled, memory and tasks
# against their maximum.
#
# Reads: /sys/fs/cgroup twice, a second apart.
# Prints: a line a unit: quota, periods, throttled, both since boot, memory and limit in bytes, hits, tasks, most
#   tasks; then === end.
# Needs: no right.

sub read_of {
  open my $in, "<", $_[0] or return undef;
  local $/;
  my $text = <$in> // "";
  $text =~ s/\s+$//;
  return $text;
}
sub snap {
  my %unit;
  for my $root (grep { -d } "/sys/fs/cgroup", map { "/sys/fs/cgroup/$_" } "cpu", "cpu,cpuacct", "memory", "pids") {
    for my $dir (glob("$root/*.slice/*.service $root/*.slice/*.slice/*.service $root/*.slice/*.scope")) {
      my ($name) = $dir =~ m{([^/]+)$};
      my $u = $unit{$name} //= {};
      if (defined(my $stat = read_of("$dir/cpu.stat"))) {
        ($u->{periods}) = $stat =~ /^nr_periods (\d+)/m if $stat =~ /^nr_periods/m;
        ($u->{throttled}) = $stat =~ /^nr_throttled (\d+)/m if $stat =~ /^nr_throttled/m;
      }
      my $max = read_of("$dir/cpu.max") // "";
      $u->{quota} = int(100 * $1 / $2) if $max =~ /^(\d+) (\d+)/;
      my $quota = read_of("$dir/cpu.cfs_quota_us") // -1;
      $u->{quota} = int(100 * $quota / (read_of("$dir/cpu.cfs_period_us") || 100000)) if $quota > 0;
      my $limit = read_of("$dir/memory.max") // read_of("$dir/memory.limit_in_bytes") // "max";
      if ($limit =~ /^\d+$/ && $limit < 1 << 60) {
        $u->{limit} = $limit;
        my $now = read_of("$dir/memory.current") // read_of("$dir/memory.usage_in_bytes") // 0;
        my $stat = read_of("$dir/memory.stat") // "";
        my ($cache) = $stat =~ /^(?:total_)?inactive_file (\d+)/m;
        $u->{memory} = $now - ($cache // 0);
        my $events = read_of("$dir/memory.events") // "";
        $u->{hits} = $events =~ /^max (\d+)/m ? $1 : read_of("$dir/memory.failcnt") // 0;
      }
      my $tasks = read_of("$dir/pids.max") // "max";
      if ($tasks =~ /^\d+$/) { $u->{tasks_max} = $tasks; $u->{tasks} = read_of("$dir/pids.current") // 0 }
    }
  }
  return \%unit;
}
select undef, undef, undef, 0.7;
my $before = snap();
select undef, undef, undef, 1;
my $after = snap();
for my $name (sort keys %$after) {
  my ($was, $is) = ($before->{$name} // {}, $after->{$name});
  next unless $is->{quota} || $is->{limit} || ($is->{tasks_max} && $is->{tasks} * 10 > $is->{tasks_max} * 8);
  printf "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\n", $name, $is->{quota} // 0,
    ($is->{periods} // 0) - ($was->{periods} // 0), ($is->{throttled} // 0) - ($was->{throttled} // 0),
    $is->{periods} // 0, $is->{throttled} // 0, $is->{memory} // 0, $is->{limit} // 0,
    ($is->{hits} // 0) - ($was->{hits} // 0), $is->{tasks} // 0, $is->{tasks_max} // 0;
}
print "=== end\n"
