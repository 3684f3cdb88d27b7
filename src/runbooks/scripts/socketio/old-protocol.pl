#!/usr/bin/perl
# Does the server answer the old protocol, Engine.IO 3?
#
# Reads: HTTP on 127.0.0.1.
# Prints: status= and note=.
# Needs: perl-base; no right (77 where nothing answers).
# Arguments: port, socketioPath.

use IO::Socket::INET;
my ($port, $path) = @ARGV;
my $to = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port, Timeout => 3) or exit 77;
local $SIG{ALRM} = sub { exit 77 };
alarm 4;
print $to "GET $path?EIO=3&transport=polling HTTP/1.0\r\nHost: localhost:$port\r\n\r\n";
my $got = "";
while (sysread $to, my $more, 4096) { $got .= $more; last if length $got > 4096 }
my ($status) = $got =~ m{^HTTP/\S+ (\d+)} or exit 77;
my ($body) = $got =~ /\r\n\r\n(.*)/s;
printf "status=%d\nnote=%s\n", $status, substr $body =~ s/[^ -~]+/ /gr, 0, 160;
