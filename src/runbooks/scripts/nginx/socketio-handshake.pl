#!/usr/bin/perl
# Does Socket.IO answer at DebVisor's own port?
#
# A WebSocket handshake and a poll of protocol 4 (Socket.IO 3 and 4).
#
# Reads: HTTP or TLS on 127.0.0.1.
# Prints: a line a transport: ws or poll, status (0: none), beginning of the body or what went wrong; then === end.
# Needs: perl-base, openssl for TLS (69 where it is missing); no right (77 where a socket file is closed).
# Arguments: port, tls, siteHost, listenAddress, socketioPath.

require "../shared/sockets.pl";
require "../shared/http-client.pl";
require "../shared/websocket.pl";
my ($port, $tls, $site, $address, $path) = @ARGV;
my $debvisor = own_port($port, $tls, $site, $address);
for (["ws", "EIO=4&transport=websocket", upgrade_headers()], ["poll", "EIO=4&transport=polling", "Connection: close"]) {
  my ($kind, $query, @headers) = @$_;
  my $answer = ask_http($debvisor, "$path?$query", headers => \@headers, within => 3, most => 4096);
  my $note = $answer->{why} // unaccepted($answer) // substr $answer->{body} =~ s/[^ -~]+/ /gr, 0, 240;
  printf "%s\t%d\t%s\n", $kind, $answer->{status}, $note;
  last unless $answer->{status};
}
print "=== end\n";
