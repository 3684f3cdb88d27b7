#!/usr/bin/perl
# Does Socket.IO answer at DebVisor's own port?
#
# A WebSocket handshake and a poll of protocol 4 (Socket.IO 3 and 4).
#
# Reads: HTTP on 127.0.0.1.
# Prints: a line a transport: ws or poll, status (0: none), beginning of the body or what went wrong; then === end.
# Needs: perl-base; no right.
# Arguments: port, socketioPath.

use IO::Socket::INET;
my ($port, $path) = @ARGV;
my $ws = "Connection: Upgrade\r\nUpgrade: websocket\r\n" .
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ZGVidmlzb3ItZGlhZ25vcw==\r\n";
# What a server makes of that key (RFC 6455, section 4.2.2). Browsers hang up where the answer has another one.
my $accept = "iDgMzwP0ljOw4bZwIka0gmdENMw=";
sub unaccepted {
  my ($head) = $_[0] =~ m{^(HTTP/\S+ 101 .*?\r\n\r\n)}s or return;
  my ($told) = $head =~ /^sec-websocket-accept:[ \t]*(\S+)/mi or return "Sec-WebSocket-Accept is missing";
  return $told eq $accept ? undef : "Sec-WebSocket-Accept is " . substr $told, 0, 60;
}
sub whole {
  my ($head, $body) = $_[0] =~ /^(.*?\r\n\r\n)(.*)/s or return;
  return 1 if $head =~ m{^HTTP/\S+ (101|204|304)};
  return length $body >= $1 if $head =~ /^content-length:\s*(\d+)/mi;
  return $body =~ /(^|\r\n)0\r\n/ if $head =~ /^transfer-encoding:.*chunked/mi;
}
my $close = "Connection: close\r\n";
for (["ws", "EIO=4&transport=websocket", $ws],
  ["poll", "EIO=4&transport=polling", $close]) {
  my ($kind, $query, $headers) = @$_;
  my $to = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port, Timeout => 3);
  if (!$to) { printf "%s\t0\t%s\n", $kind, "connect: $!"; last }
  my $got = "";
  eval {
    local $SIG{ALRM} = sub { die };
    alarm 3;
    print $to "GET $path?$query HTTP/1.1\r\nHost: localhost:$port\r\n$headers\r\n";
    while (sysread $to, my $more, 4096) { $got .= $more; last if whole($got) || length $got > 4096 }
  };
  alarm 0;
  my ($status) = $got =~ m{^HTTP/\S+ (\d+)};
  my ($body) = $got =~ /\r\n\r\n(.*)/s;
  my $note = $status ? substr $body =~ s/[^ -~]+/ /gr, 0, 240 : "no answer within 3 s";
  $note = unaccepted($got) // $note;
  printf "%s\t%d\t%s\n", $kind, $status // 0, $note;
  last unless $status;
}
print "=== end\n";
