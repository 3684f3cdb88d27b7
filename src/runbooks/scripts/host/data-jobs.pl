#!/usr/bin/perl
# Which jobs remove rows of tables, or set a column of them?
#
# The commands of services that a timer starts, of those of type oneshot that are this host's own, and of cron, with the scripts that they name. No
# statement leaves the host: which table it is about, and how long it lets rows stay, or be called well, where an interval says so.
#
# Reads: unit files, crontabs, text files below 64 KB that their commands name.
# Prints: a line a statement: job, DELETE, TRUNCATE, DROP or UPDATE and the column, table, 1 if it has a condition (of UPDATE: or what it sets depends on
#   the row), seconds that rows stay (-1: it does not say), where it stands; then === end.
# Needs: no right; what this login may not read is left out, and nothing is concluded from what is missing.

use strict;
use warnings;
my %length = (s => 1, sec => 1, second => 1, min => 60, minute => 60, hour => 3600, day => 86_400, week => 604_800, month => 2_592_000, year => 31_557_600);
sub text_of {
  my ($path) = @_;
  return "" unless -f $path && -s _ < 65_536 && open my $in, "<", $path;
  local $/;
  my $text = <$in> // "";
  return $text =~ /\0/ ? "" : $text;
}
# Names of the units, each once: those of /etc come before those of packages.
my %unit;
for my $folder ("/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system") {
  for my $timer (glob "$folder/*.timer") {
    my ($name) = $timer =~ m{([^/]+)\.timer$} or next;
    my ($service) = text_of($timer) =~ /^\s*Unit\s*=\s*(\S+\.service)/m;
    $unit{$service // "$name.service"} //= "$name.timer";
  }
}
my @jobs;
for my $service (sort keys %unit) {
  for my $folder ("/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system") {
    my $path = "$folder/$service";
    next unless -e $path;
    push @jobs, map { [$unit{$service}, $_, text_of($_)] } $path, glob "/etc/systemd/system/$service.d/*.conf";
    last;
  }
}
# Whoever imports by hand, or from elsewhere, has no timer.
for my $path (map { glob "$_/*.service" } "/etc/systemd/system", "/usr/local/lib/systemd/system") {
  my ($service) = $path =~ m{([^/]+)$};
  my $text = $unit{$service} || -l $path ? "" : text_of($path);
  push @jobs, [$service, $path, $text] if $text =~ /^\s*Type\s*=\s*oneshot\s*$/m;
}
push @jobs, map { [$_, $_, text_of($_)] } "/etc/crontab", map { glob "$_/*" } "/etc/cron.d", "/etc/cron.hourly", "/etc/cron.daily";
my ($printed, %seen) = (0);
my $say = sub {
  my ($job, $path, $verb, $table, $rest, $has_condition, $line) = @_;
  my ($stays) = $rest =~ /\binterval\b\W{1,12}(\d+)\s*(s|sec|second|min|minute|hour|day|week|month|year)s?\b/i ? $1 * $length{lc $2} : -1;
  my $line_of = join "\t", $job, $verb, $table =~ tr/"//dr, $has_condition, $stays, "$path:$line";
  print $line_of =~ s/[^ -~\t]/?/gr, "\n" unless $seen{$line_of}++ || $printed++ >= 20;
};
my $look = sub {
  my ($job, $path, $text) = @_;
  $text =~ s/^\s*(?:#|--).*$//mg;
  # In a unit or a crontab it ends with its line at the latest.
  my $is_line = $path eq $job || $path =~ /\.(?:service|conf)$/;
  while ($text =~ /\b(delete\s+from|truncate(?:\s+table)?|drop\s+table(?:\s+if\s+exists)?)\s+(?:only\s+)?((?:"?\w+"?\.)?"?\w+"?)([^;]{0,300})/gi) {
    my ($verb, $table, $rest, $line) = (uc((split " ", $1)[0]), $2, $3, 1 + (substr($text, 0, $-[0]) =~ tr/\n//));
    $rest =~ s/\n.*//s if $is_line;
    $say->($job, $path, $verb, $table, $rest, $rest =~ /\b(?:where|using)\b/i ? 1 : 0, $line);
  }
  while ($text =~ /\bupdate\s+(?:only\s+)?((?:"?\w+"?\.)?"?\w+"?)\s+(?:(?:as\s+)?\w+\s+)?set\s+"?(\w+)"?\s*=\s*([^;]{0,300})/gi) {
    my ($table, $column, $rest, $line) = ($1, $2, $3, 1 + (substr($text, 0, $-[0]) =~ tr/\n//));
    $rest =~ s/\n.*//s if $is_line;
    $say->($job, $path, "UPDATE $column", $table, $rest, $rest =~ /\b(?:where|from|case|select|coalesce)\b/i ? 1 : 0, $line);
  }
};
for my $job (@jobs) {
  $look->(@$job);
  my %named;
  for my $script (grep { !$named{$_}++ } $job->[2] =~ m{(?<![\w./])(/[\w./@+-]+)}g) {
    next if $script =~ m{^/(?:proc|sys|dev)/} || $script eq $job->[1] || keys %named > 20;
    my $text = text_of($script);
    $look->($job->[0], $script, $text) if $text =~ /^#!|\.sql$/ || $script =~ /\.(?:sql|sh|py|pl)$/;
  }
}
print "=== end\n";
