# Parts of a script that read the output of each other, each in a process of its own as in a shell's pipe, but without another perl, which would take 3
# to 10 ms of CPU. Another script has it by `require "../shared/parts.pl";`, and a part by
#
#     sub name_of_part {
#       package NameOfPart;
#     require "./NAME.pl";
#     }
#
# output_of(\&part, $input, @arguments): what the part prints where it reads that and has these arguments; then $? says how it ended.
# lines_from($seconds, @command): of a program that complains to nobody, and is ended after so long; 0: after none.

use strict;

# A part is run once in its process, so that what its subs share with it is what they saw first.
BEGIN { $SIG{__WARN__} = sub { print STDERR @_ unless $_[0] =~ /will not stay shared/ } }

sub output_of {
  my ($part, $input, @arguments) = @_;
  { local $| = 1 }
  pipe my $from, my $to or exit 1;
  my $pid = fork // exit 1;
  if (!$pid) {
    close $from;
    open STDOUT, ">&", $to;
    close $to;
    feed($input);
    @ARGV = @arguments;
    $part->();
    exit 0;
  }
  close $to;
  local $/;
  my $said = <$from> // "";
  waitpid $pid, 0;
  return $said;
}

# From a process of its own, for a pipe may take no more than 4 KB before somebody reads it. That process holds no end that another waits for: it
# ends once the part does, whatever the part has left unread.
sub feed {
  my ($input) = @_;
  pipe my $in, my $feed or exit 1;
  if (length $input <= 4096) { syswrite $feed, $input }
  elsif (!(fork // exit 1)) {
    close $in;
    open STDOUT, ">", "/dev/null";
    $SIG{PIPE} = "DEFAULT";
    print $feed $input;
    exit 0;
  }
  close $feed;
  open STDIN, "<&", $in;
}

sub lines_from {
  my ($seconds, @command) = @_;
  my $pid = open(my $from, "-|") // return;
  if (!$pid) {
    alarm $seconds;
    open STDERR, ">", "/dev/null";
    { no warnings; exec { $command[0] } @command }
    exit 127;
  }
  my @lines = <$from>;
  close $from;
  chomp @lines;
  return @lines;
}

1;
