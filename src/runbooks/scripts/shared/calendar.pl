# Seconds since 1970 of what a log or a program writes, without POSIX, which costs 16 ms of the host's CPU to load. Another script has it by
# `require "../shared/calendar.pl";`.
#
# utc_seconds($year, $month, $day, $hour, $minute, $second): of a time of Greenwich.
# local_seconds(...): of a time of this host's zone, or of TZ.

use strict;

# Days of the Gregorian calendar, years beginning in March.
sub utc_seconds {
  my ($year, $month, $day, $hour, $minute, $second) = @_;
  my ($y, $m) = $month < 3 ? ($year - 1, $month + 9) : ($year, $month - 3);
  my $days = 365 * $y + int($y / 4) - int($y / 100) + int($y / 400) + int((153 * $m + 2) / 5) + $day - 719469;
  return $days * 86_400 + $hour * 3600 + $minute * 60 + $second;
}

sub local_seconds {
  my $as_utc = utc_seconds(@_);
  my $ahead = sub { my @at = localtime $_[0]; return utc_seconds($at[5] + 1900, $at[4] + 1, @at[3, 2, 1, 0]) - $_[0] };
  # The zone's distance may have changed between the first guess and the time itself.
  my $guess = $as_utc - $ahead->($as_utc);
  return $as_utc - $ahead->($guess);
}

1;
