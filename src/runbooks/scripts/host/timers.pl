#!/usr/bin/perl
# Part of timers.sh, which says what it answers: a paragraph a unit, services before their timers.

require "../shared/calendar.pl";
my %length = (us => 1e-6, ms => 1e-3, s => 1, min => 60, h => 3600, d => 86400, w => 604800, month => 2629800, y => 31557600);
sub ago {
  my @at = ($_[0] // "") =~ /(\d{4})-(\d+)-(\d+) (\d+):(\d+):(\d+)/ or return -1;
  return time - utc_seconds(@at);
}
sub seconds {
  my $sum = 0;
  $sum += $1 * $length{$2} while $_[0] =~ /([0-9.]+)(month|min|us|ms|[smhdwy])/g;
  return $sum;
}
sub clean { return $_[0] =~ s/[^ -~]/?/gr }
my (%service, %told);
while (<>) {
  my %is = /^(\w+)=(.*)$/mg;
  my $id = $is{Id} // next;
  if ($id !~ /\.timer$/) { $service{$id} = {%is}; next }
  next if $told{$id}++;
  my $job = $service{$is{Unit} // ""} // {};
  my @calendar = /^TimersCalendar=\{ OnCalendar=([^;]*?) ;/mg;
  my %monotonic = /^TimersMonotonic=\{ (On\w+)USec=([^;]*?) ;/mg;
  my ($period) = sort { $a <=> $b } map { seconds($monotonic{$_}) } grep { /^OnUnit/ } keys %monotonic;
  # A date without a wildcard, and what only counts from a start.
  my $once = !$period && !grep { !/^(?:\w+ )?\d{4}-\d\d-\d\d(?: |$)/ } @calendar;
  my $next = ($is{NextElapseUSecRealtime} // "") =~ /\d{4}-/ || ($is{NextElapseUSecMonotonic} // "") !~ /^(?:|0|infinity|n\/a)$/;
  my $untried = ago($is{ConditionTimestamp}) < 0;
  my $skipped = ($job->{ConditionResult} // "yes") eq "no" && ago($job->{ConditionTimestamp}) >= 0;
  my ($command) = ($job->{ExecStart} // "") =~ /argv\[\]=(.*?) ;/;
  printf "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t%s\t%d\t%d\t%d\t%s\n", clean($id), $is{ActiveState} // "-", $is{SubState} // "-",
    $is{UnitFileState} || "-", $untried || ($is{ConditionResult} // "") eq "yes", $next, ago($is{LastTriggerUSec}), $period // 0, $once,
    clean($is{Unit} // "-"), $job->{LoadState} // "-", $job->{ActiveState} // "-", $job->{Result} // "-",
    $job->{ExecMainStatus} // 0, ago($job->{ExecMainExitTimestamp}), $skipped, clean(substr $command // "-", 0, 160);
}
print "=== end\n";
