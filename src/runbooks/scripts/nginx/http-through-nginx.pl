#!/usr/bin/perl
# What does nginx answer to HTTP?
#
# Reads: HTTP or TLS to nginx.
# Prints: a line a path: path, status (0: none), beginning of the body; then === end.
# Needs: perl-base, openssl for TLS (69 where it is missing); no right.
# Arguments: frontAddress, frontListens, frontTls, frontHost, frontPath, /.

require "../shared/sockets.pl";
require "../shared/http-client.pl";
my ($at, $port, $tls, $host, @paths) = @ARGV;
for my $path (@paths) {
  my $answer = ask_http({ at => $at, port => $port, tls => $tls, host => $host }, $path);
  printf "%s\t%d\t%s\n", $path, $answer->{status}, $answer->{why} // substr $answer->{body} =~ s/[^ -~]+/ /gr, 0, 120;
  last if ($answer->{why} // "") =~ /^connect: /;
}
print "=== end\n"
