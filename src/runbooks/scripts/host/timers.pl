#!/usr/bin/perl
# Which timers are there, when do they fire, and how did their jobs end?
#
# Reads: systemctl list-unit-files, systemctl show.
# Prints: a line a timer, tab-separated: timer, state, substate, state of its file, 1 if its conditions held, 1 if it will
#   fire again, seconds since it fired (-1: not known), seconds between two runs (0: a calendar's), 1 if it is meant to fire
#   once, service, its load state, state, result, exit status, seconds since it ended (-1: never), 1 if its conditions
#   were tried and did not hold, its command; then === end.
# Needs: perl-base; no right.

require "../shared/calendar.pl";
require "../shared/ask-once.pl";
# Times are read back without their zone.
$ENV{TZ} = "UTC";
# Without a manager (sd_booted(3)) list-unit-files reads all of them by itself, which takes 400 ms of CPU, only for the next command to fail.
-d "/run/systemd/system" || defined ask_once("systemctl", "list-jobs") || end_as_it_did();
my $files = ask_once(qw(systemctl list-unit-files --type=timer --no-legend --no-pager)) // end_as_it_did();
my @names = grep { /\.timer$/ && !/@\.timer$/ } $files =~ /^\s*(\S+)/mg;
my @properties = map { ("-p", $_) } qw(Id LoadState ActiveState SubState UnitFileState Unit Result ExecMainStatus ExecMainExitTimestamp ExecStart
  ConditionResult ConditionTimestamp LastTriggerUSec NextElapseUSecRealtime NextElapseUSecMonotonic TimersCalendar TimersMonotonic);
# A timer without a file, made at run time, is found by the pattern. Most have a service of the same name, which is asked along with it.
my @usual = map { s/timer$/service/r } @names;
my $timers = ask_once("systemctl", "show", @usual, @names, "*.timer", "--no-pager", @properties) // end_as_it_did();
my %asked = map { $_ => 1 } $timers =~ /^Id=(.*)$/mg;
my %others = map { $_ => 1 } grep { !$asked{$_} } map { split } $timers =~ /^Unit=(.*)$/mg;
my @others = sort keys %others;
my $jobs = @others ? ask_once("systemctl", "show", @others, "--no-pager", @properties) // end_as_it_did() : "";
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
for (split(/\n\n+/, $jobs), split /\n\n+/, $timers) {
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
