#!/usr/bin/perl
# Does Socket.IO answer through nginx?
#
# Reads: HTTP or TLS to nginx, HTTP to DebVisor.
# Prints: a line a request: via, kind, origin, status (0: none), note; then === end.
# Needs: perl-base, openssl for TLS; no right.
# Arguments: port, socketioPath, at, nginxPort, tls, host, origin.

use IO::Socket::INET;
use IPC::Open2;
my ($own, $path, $at, $port, $tls, $host, $origin) = @ARGV;
my $ws = "Connection: Upgrade\r\nUpgrade: websocket\r\n" .
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ZGVidmlzb3ItZGlhZ25vcw==\r\n";
# What a server makes of that key (RFC 6455, section 4.2.2). Browsers hang up where the answer has another one.
my $accept = "iDgMzwP0ljOw4bZwIka0gmdENMw=";
sub unaccepted {
  my ($head) = $_[0] =~ m{^(HTTP/\S+ 101 .*?\r\n\r\n)}s or return;
  my ($told) = $head =~ /^sec-websocket-accept:[ \t]*(\S+)/mi or return "Sec-WebSocket-Accept is missing";
  return $told eq $accept ? undef : "Sec-WebSocket-Accept is " . substr $told, 0, 60;
}
my %silent;
sub whole {
  my ($head, $body) = $_[0] =~ /^(.*?\r\n\r\n)(.*)/s or return;
  return 1 if $head =~ m{^HTTP/\S+ (101|204|304)};
  return length $body >= $1 if $head =~ /^content-length:\s*(\d+)/mi;
  return $body =~ /(^|\r\n)0\r\n/ if $head =~ /^transfer-encoding:.*chunked/mi;
}
sub ask {
  my ($via, $kind, $from, $query, $headers) = @_;
  return if $silent{$via};
  my ($in, $out, $pid);
  if ($via eq "nginx" && $tls eq "true") {
    my @tls = ("openssl", "s_client", "-quiet", "-verify_quiet", "-connect", "$at:$port", "-servername", $host);
    $pid = open2($in, $out, @tls);
  } else {
    my ($to, $door) = $via eq "nginx" ? ($at, $port) : ("127.0.0.1", $own);
    $in = $out = IO::Socket::INET->new(PeerAddr => $to, PeerPort => $door, Timeout => 3);
  }
  my ($got, $why) = ("", $in ? "" : "connect: $!");
  eval {
    local $SIG{ALRM} = sub { die };
    local $SIG{PIPE} = "IGNORE";
    alarm 4;
    my $said = $from eq "-" ? "" : "Origin: $from\r\n";
    syswrite $out, "GET $path?$query HTTP/1.1\r\nHost: $host\r\nUser-Agent: debvisor-diagnose\r\n$said$headers\r\n";
    while (sysread $in, my $more, 4096) { $got .= $more; last if whole($got) || length $got > 4096 }
    1;
  } or $why = "no answer within 4 s" if $in;
  alarm 0;
  kill "TERM", $pid if $pid;
  my ($status) = $got =~ m{^HTTP/\S+ (\d+)};
  my ($where) = $got =~ /^location:\s*(\S+)/mi;
  my ($body) = $got =~ /\r\n\r\n(.*)/s;
  $silent{$via} = 1 unless $status;
  my $note = substr +($where ? "to $where " : "") . ($body // "") =~ s/[^ -~]+/ /gr, 0, 200;
  $note = $why || "closed without an answer" unless $status;
  $note = unaccepted($got) // $note;
  printf "%s\t%s\t%s\t%d\t%s\n", $via, $kind, $from, $status // 0, $note;
  return $status && $status == 200 ? $body : undef;
}
my @ws = ("EIO=4&transport=websocket", $ws);
my @poll = ("EIO=4&transport=polling", "Connection: close\r\n");
ask("nginx", "ws", "-", @ws);
ask("nginx", "ws", $origin, @ws);
my $first = ask("nginx", "poll", "-", @poll) // "";
my ($sid) = $first =~ /"sid": *"([A-Za-z0-9_-]+)"/;
ask("nginx", "poll2", "-", "$poll[0]&sid=$sid", $poll[1]) if $sid;
ask("direct", "ws", "-", @ws);
ask("direct", "ws", $origin, @ws);
print "=== end\n";
