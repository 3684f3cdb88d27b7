#!/usr/bin/perl
# What does DebVisor's API say of caching?
#
# Reads: HTTP on 127.0.0.1.
# Prints: key=value lines: status, control, cookie; then === end.
# Needs: perl-base; no right (77 where nothing answers).
# Arguments: port, apiPath.

use IO::Socket::INET;
my ($port, $path) = @ARGV;
my $to = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port, Timeout => 3) or exit 77;
local $SIG{ALRM} = sub { exit 77 };
alarm 4;
print $to "GET $path HTTP/1.0\r\nHost: localhost:$port\r\n\r\n";
my $got = "";
while (sysread $to, my $more, 4096) { $got .= $more; last if $got =~ /\r\n\r\n/ || length $got > 16384 }
my ($status) = $got =~ m{^HTTP/\S+ (\d+)} or exit 77;
my ($control) = $got =~ /^cache-control:\s*([^\r\n]*)/mi;
printf "status=%d\ncontrol=%s\ncookie=%s\n", $status, $control // "", $got =~ /^set-cookie:/mi ? "yes" : "no";
print "=== end\n";
