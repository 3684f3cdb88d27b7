#!/usr/bin/perl
# What does nginx answer to HTTP?
#
# Reads: HTTP to nginx.
# Prints: a line a path: path, status (0: none), beginning of the body; then === end.
# Needs: perl-base; no right.
# Arguments: frontAddress, frontListens, frontHost, frontPath, /.

require "../shared/http-client.pl";
my ($at, $port, $host, @paths) = @ARGV;
for my $path (@paths) {
  my $answer = ask_http({ at => $at, port => $port, tls => "false", host => $host }, $path);
  printf "%s\t%d\t%s\n", $path, $answer->{status}, $answer->{why} // substr $answer->{body} =~ s/[^ -~]+/ /gr, 0, 120;
  last if ($answer->{why} // "") =~ /^connect: /;
}
print "=== end\n"
