#!/usr/bin/perl
# Which units are at a limit of their control group?
#
# Control groups with a limit, v1 and v2: CPU periods and those in which the unit was throttled, memory and tasks
# against their maximum. A slice is one too: its limit is that of all units in it. v2 alone tells of disks (io.max) and
# of pressure (the kernel's Documentation/admin-guide/cgroup-v2.rst). Memory is without the cache of files, which the
# kernel takes back at a limit.
#
# Reads: /sys/fs/cgroup twice, a second apart.
# Prints: a line a unit: quota, periods, throttled, both since boot, memory and limit in bytes, hits, tasks, most
#   tasks, path, io.max ("-": none), the percent of it that was used, the percent of ten seconds in which somebody
#   waited for a disk (-1: not known), memory.high in bytes (0: none), how often it was exceeded, the percent of ten
#   seconds in which somebody waited for memory; then === end.
# Needs: no right.

require "../shared/paths.pl";
sub read_of {
  open my $in, "<", $_[0] or return undef;
  local $/;
  my $text = <$in> // "";
  $text =~ s/\s+$//;
  return $text;
}
sub pressure { return (read_of($_[0]) // "") =~ /^some avg10=([0-9.]+)/m ? $1 : -1 }
# Of lines such as "8:0 rbps=max wbps=1048576": the numbers, by device and key.
sub numbers {
  my %of;
  for my $line (split /\n/, read_of($_[0]) // "") {
    my ($device) = $line =~ /^(\d+:\d+) / or next;
    $of{$device}{$1} = $2 while $line =~ /(\w+)=(\d+)/g;
  }
  return \%of;
}
sub device_name {
  return (read_of("/sys/dev/block/$_[0]/uevent") // "") =~ /^DEVNAME=(\S+)/m ? $1 : $_[0];
}
sub snap {
  my %unit;
  for my $root (grep { -d } "/sys/fs/cgroup", map { "/sys/fs/cgroup/$_" } "cpu", "cpu,cpuacct", "memory", "pids") {
    for my $dir (map { paths_like("$root/$_") } qw(*.slice/*.service *.slice/*.slice/*.service *.slice/*.scope *.slice *.slice/*.slice)) {
      my ($name) = $dir =~ m{([^/]+)$};
      my $u = $unit{$name} //= {};
      $u->{path} = substr $dir, length $root;
      if (defined(my $stat = read_of("$dir/cpu.stat"))) {
        ($u->{periods}) = $stat =~ /^nr_periods (\d+)/m if $stat =~ /^nr_periods/m;
        ($u->{throttled}) = $stat =~ /^nr_throttled (\d+)/m if $stat =~ /^nr_throttled/m;
      }
      my $max = read_of("$dir/cpu.max") // "";
      $u->{quota} = int(100 * $1 / $2) || 1 if $max =~ /^(\d+) (\d+)/;
      my $quota = read_of("$dir/cpu.cfs_quota_us") // -1;
      $u->{quota} = int(100 * $quota / (read_of("$dir/cpu.cfs_period_us") || 100000)) || 1 if $quota > 0;
      my $limit = read_of("$dir/memory.max") // read_of("$dir/memory.limit_in_bytes") // "max";
      my $high = read_of("$dir/memory.high") // "max";
      my $events = read_of("$dir/memory.events") // "";
      if ($limit =~ /^\d+$/ && $limit < 1 << 60) {
        $u->{limit} = $limit;
        $u->{hits} = $events =~ /^max (\d+)/m ? $1 : read_of("$dir/memory.failcnt") // 0;
      }
      if ($high =~ /^\d+$/) {
        $u->{high} = $high;
        $u->{exceeded} = $events =~ /^high (\d+)/m ? $1 : 0;
      }
      my $now = read_of("$dir/memory.current") // read_of("$dir/memory.usage_in_bytes");
      if (defined $now && ($u->{limit} || $u->{high})) {
        my $stat = read_of("$dir/memory.stat") // "";
        my $total = $stat =~ /^total_/m ? "total_" : "";
        my $cache = 0;
        $cache += $1 while $stat =~ /^${total}(?:in)?active_file (\d+)/mg;
        $u->{memory} = $now - $cache;
        $u->{memory_pressure} = pressure("$dir/memory.pressure");
      }
      my $tasks = read_of("$dir/pids.max") // "max";
      if ($tasks =~ /^\d+$/) { $u->{tasks_max} = $tasks; $u->{tasks} = read_of("$dir/pids.current") // 0 }
      my $io = numbers("$dir/io.max");
      if (%$io) {
        $u->{io} = $io;
        $u->{io_done} = numbers("$dir/io.stat");
        $u->{io_pressure} = pressure("$dir/io.pressure");
      }
    }
  }
  return \%unit;
}
# How much of its tightest limit a unit used between two looks, in percent.
sub io_used {
  my ($was, $is) = @_;
  my %total = (rbps => "rbytes", wbps => "wbytes", riops => "rios", wiops => "wios");
  my $most = 0;
  for my $device (keys %{$is->{io}}) {
    for my $key (grep { $total{$_} } keys %{$is->{io}{$device}}) {
      my $done = ($is->{io_done}{$device}{$total{$key}} // 0) - ($was->{io_done}{$device}{$total{$key}} // 0);
      my $used = 100 * $done / ($is->{io}{$device}{$key} || 1);
      $most = $used if $used > $most;
    }
  }
  return $most;
}
sub io_words {
  my ($io) = @_;
  my @devices = map { my $of = $io->{$_}; device_name($_) . join "", map { " $_=$of->{$_}" } sort keys %$of } sort keys %$io;
  return join("; ", @devices) || "-";
}
select undef, undef, undef, 0.7;
my $before = snap();
select undef, undef, undef, 1;
my $after = snap();
for my $name (sort keys %$after) {
  my ($was, $is) = ($before->{$name} // {}, $after->{$name});
  next unless $is->{quota} || $is->{limit} || $is->{io} || $is->{high} ||
    ($is->{tasks_max} && $is->{tasks} * 10 > $is->{tasks_max} * 8);
  my $io = $is->{io} // {};
  printf "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%d\t%.1f\t%d\t%d\t%.1f\n", $name, $is->{quota} // 0,
    ($is->{periods} // 0) - ($was->{periods} // 0), ($is->{throttled} // 0) - ($was->{throttled} // 0),
    $is->{periods} // 0, $is->{throttled} // 0, $is->{memory} // 0, $is->{limit} // 0,
    ($is->{hits} // 0) - ($was->{hits} // 0), $is->{tasks} // 0, $is->{tasks_max} // 0, $is->{path},
    io_words($io), io_used($was, $is), $is->{io_pressure} // -1, $is->{high} // 0,
    ($is->{exceeded} // 0) - ($was->{exceeded} // 0), $is->{memory_pressure} // -1;
}
print "=== end\n"
