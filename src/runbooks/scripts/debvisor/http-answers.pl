#!/usr/bin/perl
# What does DebVisor's own port answer?
#
# The first refusal or time-out ends it: the other paths would say the same. perl is on every Debian (perl-base), curl
# is not.
#
# Reads: HTTP on 127.0.0.1.
# Prints: a line a path: path, status (0: none), milliseconds, type and beginning of the body or what went wrong.
# Needs: perl-base; no right.
# Arguments: port, apiPath, /, /api/status, /health, /healthz, /api.

use IO::Socket::INET;
use POSIX;
my ($port, @paths) = @ARGV;
my %seen;
for my $path (grep { !$seen{$_}++ } @paths) {
  my $began = (POSIX::times())[0] * 10;
  my $say = sub { printf "%s\t%d\t%d\t%s\n", $path, $_[0], (POSIX::times())[0] * 10 - $began, $_[1] };
  my $to = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port, Timeout => 3);
  if (!$to) { $say->(0, "connect: " . ($! =~ /timed|progress/ ? "timed out" : $!)); last }
  my $got = "";
  my $done = eval {
    local $SIG{ALRM} = sub { die "late\n" };
    alarm 4;
    print $to "GET $path HTTP/1.1\r\nHost: localhost:$port\r\nAccept: application/json\r\n",
      "User-Agent: debvisor-diagnose\r\nConnection: close\r\n\r\n";
    while (sysread $to, my $more, 8192) { $got .= $more; last if length $got > 16384 }
    alarm 0;
    1;
  };
  alarm 0;
  if ($got =~ m{^HTTP/\S+ (\d+)}) {
    my $status = $1;
    my ($type) = $got =~ /^content-type:\s*([^;\r\n]+)/mi;
    my ($body) = $got =~ /\r\n\r\n(.*)/s;
    ($body //= "") =~ s/[\s\0]+/ /g;
    $say->($status, ($type // "-") . " " . substr $body, 0, 160);
    next;
  }
  $say->(0, $got ne "" ? "not HTTP: " . substr($got =~ s/[^ -~]/./gr, 0, 60) : $done ? "closed without an answer" : "no answer within 4 s");
  last;
}
