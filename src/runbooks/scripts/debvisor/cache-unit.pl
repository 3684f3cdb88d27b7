#!/usr/bin/perl
# Which unit is the cache that nobody reaches, and what did it say last?
#
# It is known by the program that it starts, not by its name. Redis and its kin write to a file of their own, which their configuration names.
#
# Reads: systemctl show; of each such unit the configuration in its arguments, the file that it logs to and its journal, where the login may.
# Prints: unit, state, result, log (the file, or journal; - where none could be read), words (the last that say what is wrong; - for none) in columns, those that
#   failed first; then === end.
# Needs: no right; what it may not read it does not tell.
# Arguments: cachePort.

use strict;
use warnings;
my ($port) = @ARGV;
sub lines_from { open my $from, "-|", @_ or return; my @lines = <$from>; close $from; chomp @lines; return @lines }
sub lines_in { my ($file) = @_; return unless -f $file && open my $in, "<", $file; my $size = -s $in; seek $in, $size - 16_384, 0 if $size > 16_384; my @lines = <$in>; chomp @lines; return @lines }

my (%units, %one);
for ((lines_from("systemctl", "show", "-p", "Id,LoadState,ActiveState,Result,ExecStart", "*.service", map { "$_.service" } qw(redis-server redis valkey-server valkey memcached)), "")) {
  if (/^(\w+)=(.*)/) { $one{$1} = $2; next }
  my %unit = %one;
  %one = ();
  next if ($unit{LoadState} // "") ne "loaded" || ($unit{ExecStart} // "") !~ m{path=\S*/(?:redis|valkey|keydb|memcached|dragonfly|kvrocks)[\w.-]* };
  my ($argv) = $unit{ExecStart} =~ /argv\[\]=(.*?) ;/;
  $unit{argv} = $argv // "";
  $units{$unit{Id}} = \%unit;
}
# Of the beginning of a line only what a person reads: no process, no time of its own.
sub said { my ($text) = @_; $text =~ s/^\d+:[A-Z] .*?\.\d+ [.*#-] //; $text =~ s/[^ -~]/?/g; return substr $text, 0, 240 }
sub is_bad { return $_[0] =~ /\berror\b|fatal|\bbad\b|can.t|cannot|could not|fail|denied|corrupt|invalid|unexpected|wrong|No such|unable|in use|missing/i && $_[0] !~ /WARNING Memory overcommit|Failed with result|Main process exited|Failed to start|Scheduled restart|Start request repeated/ }

my %rank = (failed => 0, activating => 1, inactive => 2);
for my $unit (sort { ($rank{$a->{ActiveState}} // 3) <=> ($rank{$b->{ActiveState}} // 3) or $a->{Id} cmp $b->{Id} } values %units) {
  my ($file) = $unit->{argv} =~ m{(?<=\s)(/\S+\.conf)\b};
  my @settings = defined $file ? lines_in($file) : ();
  my ($own) = $unit->{argv} =~ /--?p(?:ort)?[ =]?(\d+)/ ? $1 : map { /^\s*port\s+(\d+)/ ? $1 : () } reverse @settings;
  next if defined $own && $own ne $port;
  my ($logs) = map { /^\s*logfile\s+"?(\/[^"\s]+)/ ? $1 : () } reverse @settings;
  my ($kind) = $unit->{Id} =~ /^(redis|valkey|keydb)/;
  my ($log, $words) = ("-", "-");
  for my $path (grep { defined } $logs, defined $logs || !defined $kind ? () : glob("/var/log/$kind/*.log")) {
    my @lines = lines_in($path) or next;
    # Of its newest start alone.
    my ($from) = grep { $lines[$_] =~ /is starting/ } reverse 0 .. $#lines;
    my ($last) = grep { is_bad($_) } reverse @lines[($from // 0) .. $#lines];
    ($log, $words) = ($path, said($last)) if defined $last && $words eq "-";
  }
  if ($words eq "-") {
    my ($last) = grep { is_bad($_) } reverse lines_from("sh", "-c", 'exec journalctl -q -u "$1" -n 40 --no-pager -o cat 2>/dev/null', "sh", $unit->{Id});
    ($log, $words) = ("journal", said($last)) if defined $last;
  }
  print join("\t", $unit->{Id}, $unit->{ActiveState}, $unit->{Result} || "-", $log, $words), "\n";
}
print "=== end\n";
