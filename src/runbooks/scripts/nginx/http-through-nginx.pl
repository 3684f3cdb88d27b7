#!/usr/bin/perl
# What does nginx answer to HTTP?
#
# Reads: HTTP to nginx.
# Prints: a line a path: path, status (0: none), beginning of the body; then === end.
# Needs: perl-base; no right.
# Arguments: frontAddress, frontListens, frontHost, apiPath, /.

use IO::Socket::INET;
my ($at, $port, $host, @paths) = @ARGV;
for my $path (@paths) {
  my $to = IO::Socket::INET->new(PeerAddr => $at, PeerPort => $port, Timeout => 3);
  if (!$to) { printf "%s\t0\tconnect: %s\n", $path, $!; last }
  my $got = "";
  eval {
    local $SIG{ALRM} = sub { die };
    alarm 4;
    print $to "GET $path HTTP/1.1\r\nHost: $host\r\nUser-Agent: debvisor-diagnose\r\nConnection: close\r\n\r\n";
    while (sysread $to, my $more, 8192) { $got .= $more; last if length $got > 16384 }
  };
  alarm 0;
  my ($status) = $got =~ m{^HTTP/\S+ (\d+)};
  my ($body) = $got =~ /\r\n\r\n(.*)/s;
  printf "%s\t%d\t%s\n", $path, $status // 0, $status ? substr(($body // "") =~ s/[^ -~]+/ /gr, 0, 120) : "no answer within 4 s";
}
print "=== end\n"
