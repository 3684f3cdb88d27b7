#!/usr/bin/perl
# Part of page-scripts.sh, which says what it answers.

use IO::Socket::INET;
my ($port) = @ARGV;
# Its whole answer; "" where none came in time. Where nobody listens there is no page, and so no script of it.
sub get {
  my $to = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port, Timeout => 2) or exit($!{ECONNREFUSED} ? 0 : 69);
  my $got = "";
  my $whole = eval {
    local $SIG{ALRM} = sub { die };
    alarm 3;
    print $to "GET $_[0] HTTP/1.0\r\nHost: localhost:$port\r\n\r\n";
    while (sysread $to, my $more, 4096) { $got .= $more; last if length $got > 65536 }
    1;
  };
  alarm 0;
  return $whole ? $got : "";
}
my $page = get("/");
exit 69 if $page eq "";
for my $script (($page =~ m{<script[^>]+src=["\x27]?(/[^"\x27 >?]*socket\.io[^"\x27 >?]*)}gi)[0 .. 1]) {
  next unless defined $script;
  my ($status) = get($script) =~ m{^HTTP/\S+ (\d+)};
  printf "%s\t%d\n", $script, $status // 0;
}
