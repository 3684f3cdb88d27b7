#!/usr/bin/perl
# Part of who-restarts-it.sh, which says what it answers.

use strict;
use warnings;
require "../shared/paths.pl";
require "../shared/unit-settings.pl";
my ($id) = @ARGV;
my $name = $id =~ s/\.service$//r;
my $ordered = qr/(?:systemctl\b[^;|&#]*|deb-systemd-invoke\s+)\b(?:try-|reload-or-|force-)?(?:restart|stop|kill)\b[^;|&#]*?[\s"\x27]\Q$name\E(?:\.service)?(?=[\s"\x27;|&]|$)|(?:\bservice|invoke-rc\.d)\s+\Q$name\E\s+(?:restart|stop)\b/;

sub row { my @of = @_; print join("\t", map { s/[^ -~]/?/gr =~ s/^$/-/r } map { substr $_, 0, 300 } @of), "\n" }

# What orders it, and nothing else of a command, which may hold a password: its own words, or the first script that it names.
sub ordered_in {
  my ($command) = @_;
  return $1 if $command =~ m{((?:/[\w.+-]+)*/?$ordered)};
  my @named = grep { !m{^/(?:dev|proc|sys)/} } $command =~ m{(?:^|[\s;"\x27=])(/[\w./@+-]+)}g;
  splice @named, 5 if @named > 5;
  return (grep { my $text = text_of($_, 100_000) // ""; $text !~ /\0/ && $text =~ $ordered } @named)[0];
}

my (@stops, @began);
while (<STDIN>) {
  my ($at) = /^(\d+\.\d+) / or next;
  if (/ systemd\[1\]: Stopping \Q$id\E/) { push @stops, $at }
  elsif (/ systemd\[1\]: Start(?:ing|ed) (?:.* )?([A-Za-z0-9@_.\\:-]+\.service)/) { push @began, [$at, "job", $1] if $1 ne $id }
  elsif (/ CMD \((.*)\)\s*$/) { push @began, [$at, "cron", $1] }
  elsif (/ sudo(?:\[\d+\])?:\s+(\S+) :.* COMMAND=(.*)/) { my ($who, $command) = ($1, $2); row("person", $who, 1, "", "", "", ordered_in($command)) if $command =~ $ordered }
}

# A job gets to its restart soon, and the stop comes after it began.
my (%before, %kind);
for my $stop (@stops) {
  my %seen;
  for (grep { $_->[0] <= $stop && $_->[0] >= $stop - 5 } @began) { $kind{$_->[2]} = $_->[1]; $before{$_->[2]}++ unless $seen{$_->[2]}++ }
}
my @jobs = grep { $kind{$_} eq "job" } sort keys %before;
splice @jobs, 40 if @jobs > 40;
my %unit = map { $_->{Id} => $_ } shown_units([qw(Id ExecStart ExecStartPre ExecStartPost TriggeredBy FragmentPath)], @jobs);
my @triggers = map { split / /, $_->{TriggeredBy} } values %unit;
my %trigger = map { $_->{Id} => $_ } shown_units([qw(Id FragmentPath Paths TimersCalendar TimersMonotonic)], @triggers);
for (@jobs) {
  my $job = $unit{$_} // next;
  my @commands = join(" ", @$job{qw(ExecStartPre ExecStart ExecStartPost)}) =~ /argv\[\]=(.*?) ;/g;
  my ($command) = grep { defined } map { ordered_in($_) } @commands or next;
  my ($by) = map { $trigger{$_} // () } split / /, $job->{TriggeredBy};
  my $waits = !$by ? "" : $by->{Paths} =~ /^(.*) \((\w+)\)$/ ? "$2=$1" : "";
  row("job", $_, $before{$_}, $by ? $by->{Id} : "", ($by // $job)->{FragmentPath}, $waits, $command);
}
for (grep { $kind{$_} eq "cron" } sort keys %before) { my $command = ordered_in($_) // next; row("cron", $command, $before{$_}, "", "", "", $command) }
for (lines_of("who")) { row("login", "$1 $2", 0, "", "", "", "") if /^(\S+)\s+(pts\/\d+|tty\S*)/ }

my $told = 0;
for my $file (map { paths_like($_) } qw(/etc/systemd/system/*.service /etc/systemd/system/*.service.d/*.conf /etc/crontab /etc/cron.d/* /usr/local/bin/* /usr/local/sbin/*)) {
  next if $told >= 10 || ((stat $file)[7] // 1e9) > 100_000;
  my $text = text_of($file) // next;
  next if $text =~ /\0/ || $text !~ $ordered;
  my $n = 0;
  for (split /\n/, $text) {
    $n++;
    next unless !/^\s*[#;]/ && $_ =~ $ordered;
    row("named", "$file:$n", 0, "", $file, "", ordered_in($_));
    $told++;
    last;
  }
}
print "=== end\n";
