#!/usr/bin/perl
# What did PostgreSQL say since its last start, in its log and its journal?
#
# Reads: the files that its configuration names, or the newest log of a folder; the journal of its units.
# Prints: now=SECONDS zone=OFFSET, then the newest lines.
# Needs: perl-base; to read the log where there is one, and the journal where there is none (77 where it may not).
# Arguments: pgLog, pgPort, pgData.

require "../shared/may-read.pl";
require "../shared/log-lines.pl";
require "../shared/parts.pl";
require "../shared/ask-once.pl";
my ($place, $port, $data) = @ARGV;
sub log_places {
  package LogPlaces;
require "./log-places.pl";
}
sub log_lines {
  package LogLines;
require "./log-lines.pl";
}

# What is in force, as the server itself says it.
sub settings {
  $ENV{PGCONNECT_TIMEOUT} = 2;
  $ENV{PGOPTIONS} = "-c statement_timeout=2000 -c search_path=pg_catalog";
  my @psql = ("psql", "-p", $port, qw(-d postgres -X -w -q -At -c));
  return join "\n", lines_from(0, @psql, "
    select name || '=' || setting from pg_settings where name in ('log_destination', 'logging_collector', 'log_directory',
      'log_filename', 'data_directory', 'syslog_ident')");
}

my $journal = is_journal_closed() ? "no" : "yes";
my @asked = ($place, $port, $data, $journal);
my $places = output_of(\&log_places, "", @asked);
$places = output_of(\&log_places, "", @asked, settings()) if $? >> 8 == 75;
# Not 127, which would say that there is nothing to read.
exit($? >> 8 == 77 ? 77 : 1) if $?;
refuse("the system journal, and there is no log file of PostgreSQL") if $places eq "" && $journal eq "no";
my $lines = output_of(\&log_lines, $places);
print now_and_zone(), "\n", $lines;
exit if $journal eq "no";
my @entries = lines_of_journal();
@entries = @entries[-200 .. -1] if @entries > 200;
print map { substr(s/^([^ ]*) [^ ]* /$1 /r, 0, 400) . "\n" } @entries;
sub lines_of_journal {
  my $entries = ask_once(qw(journalctl -q -u postgresql* -n 80 --no-pager -o short-iso)) // "";
  return split /\n/, $entries;
}
