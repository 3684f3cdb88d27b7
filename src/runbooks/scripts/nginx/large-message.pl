#!/usr/bin/perl
# Does a large message get through nginx?
#
# Reads: HTTP or TLS to nginx, HTTP to DebVisor.
# Prints: a line each for nginx and direct: via, status (0: none), beginning of the body; then === end.
# Needs: perl-base, openssl for TLS; no right.
# Arguments: port, socketioPath, largeAddress, largePort, largeTls, largeHost.

use IO::Socket::INET;
use IPC::Open2;
my ($own, $path, $at, $port, $tls, $host) = @ARGV;
my $message = "a" x 70000;
for my $via ("nginx", "direct") {
  my ($in, $out, $pid);
  if ($via eq "nginx" && $tls eq "true") {
    my @tls = ("openssl", "s_client", "-quiet", "-verify_quiet", "-connect", "$at:$port", "-servername", $host);
    $pid = open2($in, $out, @tls);
  } else {
    my ($to, $door) = $via eq "nginx" ? ($at, $port) : ("127.0.0.1", $own);
    $in = $out = IO::Socket::INET->new(PeerAddr => $to, PeerPort => $door, Timeout => 3);
  }
  my $got = "";
  local $SIG{PIPE} = "IGNORE";
  eval {
    local $SIG{ALRM} = sub { die };
    alarm 4;
    my $left = "POST $path?EIO=4&transport=polling HTTP/1.1\r\nHost: $host\r\nUser-Agent: debvisor-diagnose\r\nContent-Type: text/plain;charset=UTF-8\r\n" .
      "Content-Length: " . length($message) . "\r\nConnection: close\r\n\r\n$message";
    while ($left ne "") { my $sent = syswrite $out, $left, 16384 or last; substr($left, 0, $sent) = "" }
    while (sysread $in, my $more, 4096) { $got .= $more; last if length $got > 4096 }
  } if $in;
  alarm 0;
  if ($pid) { kill "TERM", $pid; waitpid $pid, 0 }
  my ($status) = $got =~ m{^HTTP/\S+ (\d+)};
  my ($body) = $got =~ /\r\n\r\n(.*)/s;
  printf "%s\t%d\t%s\n", $via, $status // 0, substr(($body // "-") =~ s/[^ -~]+/ /gr, 0, 120) || "-";
}
print "=== end\n"
