#!/usr/bin/perl
# Part of refused-again.sh, which says what it answers: standard input, but of a line that is a JSON object its message, and the end of its traceback,
# each line with the time, host and process before the object.

use strict;
use warnings;
while (<STDIN>) {
  my ($head, $object) = /^(.{0,160}?)(\{"[^\n]*)/ or do { print; next };
  my ($message) = $object =~ /"(?:message|msg|event)" ?: ?"((?:[^"\\]|\\.)*)/;
  if (!defined $message) { print; next }
  my ($level) = $object =~ /"(?:level|levelname|severity)" ?: ?"(\w+)"/;
  my ($trace) = $object =~ /"(?:exception|exc_info|traceback|stack_trace|stack)" ?: ?"((?:[^"\\]|\\.)*)/;
  my @lines = grep { /\S/ } split /\\n/, $trace // "";
  @lines = @lines[-6 .. -1] if @lines > 6;
  for (($level // "") . " $message", @lines) {
    my $text = s/\\n/ /gr =~ s/\\(["\\\/])/$1/gr;
    print "$head$text\n";
  }
}
