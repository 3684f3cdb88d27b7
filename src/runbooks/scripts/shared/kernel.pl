# What the kernel tells a program, without a module: POSIX and Time::HiRes cost 6 to 16 ms of the host's CPU to load. Another script has it by
# `require "../shared/kernel.pl";`.
#
# system_call($name): the number of clock_gettime, getxattr or lgetxattr for this perl; undef where it is not known.
# elapsed(): seconds on a clock that nobody sets, with fractions. time_of_day(): seconds since 1970, with fractions.
# clock_ticks(), page_size(): ticks of a second in /proc, bytes of a page (getauxval(3)).

use strict;

# By ELF class and machine of this very perl: a 32-bit perl may run on a 64-bit kernel, and has other numbers.
my %calls = (
  "2.62" => { clock_gettime => 228, getxattr => 191, lgetxattr => 192 },    # x86-64
  (map { ("2.$_" => { clock_gettime => 113, getxattr => 8, lgetxattr => 9 }) } 183, 243, 258),    # arm64, riscv64, loong64
  "2.21" => { clock_gettime => 246, getxattr => 212, lgetxattr => 213 },    # ppc64
  "2.22" => { clock_gettime => 260, getxattr => 227, lgetxattr => 228 },    # s390x
  "1.3" => { clock_gettime => 265 },    # i386
  "1.40" => { clock_gettime => 263 },    # arm
);
my $calls;
sub system_call {
  my ($name) = @_;
  if (!$calls) {
    my $elf = "\0" x 20;
    if (open my $exe, "<", "/proc/self/exe") { sysread $exe, $elf, 20 }
    $calls = $calls{join ".", unpack "x4 C x13 S", $elf} // {};
  }
  return $calls->{$name};
}

sub clock {
  my ($which) = @_;
  my $call = system_call("clock_gettime") // return;
  my $time = "\0" x 16;
  return if syscall($call, $which, $time) != 0;
  my ($seconds, $nanoseconds) = unpack "l!2", $time;
  return $seconds + $nanoseconds / 1e9;
}
sub elapsed {
  my $now = clock(1);
  return $now if defined $now;
  open my $in, "<", "/proc/uptime" or return time;
  return (split " ", scalar <$in>)[0];
}
sub time_of_day {
  my $now = clock(0);
  return $now if defined $now;
  open my $date, "-|", "date", "+%s.%N" or return time;
  return <$date> + 0;
}

my %told;
sub told {
  my ($key, $usual) = @_;
  if (!%told && open my $in, "<", "/proc/self/auxv") { binmode $in; local $/; %told = unpack "L!*", <$in> // "" }
  return $told{$key} || $usual;
}
sub clock_ticks { return told(17, 100) }
sub page_size { return told(6, 4096) }

1;
