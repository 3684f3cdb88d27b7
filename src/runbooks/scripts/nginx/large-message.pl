#!/usr/bin/perl
# Does a large message get through nginx?
#
# Reads: HTTP or TLS to nginx and to DebVisor.
# Prints: a line each for nginx and direct: via, status (0: none), beginning of the body; then === end.
# Needs: perl-base, openssl for TLS (69 where it is missing); no right.
# Arguments: port, tls, socketioPath, largeAddress, largePort, largeTls, largeHost, listenAddress.

require "../shared/sockets.pl";
require "../shared/http-client.pl";
my ($own, $own_tls, $path, $at, $port, $tls, $host, $address) = @ARGV;
my @message = (
  method => "POST", headers => ["Content-Type: text/plain;charset=UTF-8", "Connection: close"], body => "a" x 70_000, most => 4096,
);
for (["nginx", $at, $port, $tls], ["direct", $address || "127.0.0.1", $own, $own_tls]) {
  my ($via, $to, $door, $by_tls) = @$_;
  my $answer = ask_http({ at => $to, port => $door, tls => $by_tls, host => $host }, "$path?EIO=4&transport=polling", @message);
  printf "%s\t%d\t%s\n", $via, $answer->{status}, substr($answer->{body} =~ s/[^ -~]+/ /gr, 0, 120) || "-";
}
print "=== end\n"
