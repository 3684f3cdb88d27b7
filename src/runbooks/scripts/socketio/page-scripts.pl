#!/usr/bin/perl
# Part of page-scripts.sh, which says what it answers.

use IO::Socket::INET;
my ($port) = @ARGV;
sub get {
  my $to = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port, Timeout => 2) or exit;
  local $SIG{ALRM} = sub { exit };
  alarm 3;
  print $to "GET $_[0] HTTP/1.0\r\nHost: localhost:$port\r\n\r\n";
  my $got = "";
  while (sysread $to, my $more, 4096) { $got .= $more; last if length $got > 65536 }
  alarm 0;
  return $got;
}
for my $script ((get("/") =~ m{<script[^>]+src=["\x27]?(/[^"\x27 >?]*socket\.io[^"\x27 >?]*)}gi)[0 .. 1]) {
  next unless defined $script;
  my ($status) = get($script) =~ m{^HTTP/\S+ (\d+)};
  printf "%s\t%d\n", $script, $status // 0;
}
