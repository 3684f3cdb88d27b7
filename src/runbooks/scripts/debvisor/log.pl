#!/usr/bin/perl
# What did DebVisor say last, in its error logs and its journal?
#
# All with their ages, so that yesterday's errors are not taken for today's.
#
# Reads: the error log, the files that its unit or gunicorn's arguments log to, the journal of the unit in its namespace.
# Prints: now=SECONDS zone=OFFSET written=SECONDS, then the newest lines of each; then === end.
# Needs: to read the logs that are there, and the journal where there is none (77 where it may not).
# Arguments: errorLog, unit.

require "../shared/ask-once.pl";
require "../shared/may-read.pl";
require "../shared/log-lines.pl";
my ($log, $unit) = @ARGV;
my $shown = quietly(sub { show([$unit], qw(StandardError StandardOutput ExecStart LogNamespace)) }) // "";
my %logs = map { $_ => 1 } grep { !/^(?:\Q$log\E|\/dev\/(?:null|stderr|stdout))$/ } map {
  /^Standard(?:Error|Output)=(?:append|file|truncate):(\/.*)/ ? $1 : /^ExecStart=.* --(?:error-logfile|log-file)[= ](\/[^ ;]+)/ ? $1 : ()
} split /\n/, $shown;
my @logs = sort keys %logs;
splice @logs, 4 if @logs > 4;
# A name with spaces in it is several, as it is for those who wrote it.
@logs = map { split } @logs;
for ($log, @logs) { refuse($_) if is_closed($_) }
my $is_there = grep { -e } $log, @logs;
my $has_journal = !is_journal_closed();
refuse("the system journal, and there is no $log") if !$has_journal && !$is_there;
my @written = -e $log ? " written=" . (stat _)[9] : ();
print now_and_zone(), @written, "\n";
sub print_lines { print map { "$_\n" } @_ }
print_lines(newest(15000, shorten(300, last_lines($_, 60)))) for grep { -f } @logs, $log;
if ($has_journal) {
  my $namespace = value_in($shown, "LogNamespace");
  my @from = $namespace eq "" ? () : "--namespace=$namespace";
  my @entries;
  if (open my $from, "-|", "journalctl", "-q", @from, "-u", $unit, qw(-n 60 --no-pager -o short-iso)) { @entries = <$from>; close $from }
  # What a signal ended was not all; without entries newer versions exit with 1.
  exit 1 if $? & 127 || $? >> 8 >= 128;
  chomp @entries;
  @entries = @entries[-200 .. -1] if @entries > 200;
  print_lines(newest(30000, abridge(shorten(400, map { s/^([^ ]*) [^ ]* /$1 /r } @entries))));
}
print "=== end\n";
