#!/usr/bin/perl
# Part of versions.sh, which says what it answers.

use IO::Socket::INET;
my ($port, $path) = @ARGV;
my $to = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port, Timeout => 2) or exit($!{ECONNREFUSED} ? 0 : 69);
local $SIG{ALRM} = sub { exit 69 };
alarm 3;
print $to "GET ${path}socket.io.js HTTP/1.0\r\nHost: localhost:$port\r\n\r\n";
my $got = "";
while (sysread $to, my $more, 2048) { $got .= $more; last if length $got > 2000 }
print "client\tserved\t$1\t${path}socket.io.js\n" if $got =~ m{^HTTP/\S+ 200.*Socket\.IO v([0-9][0-9.]*)}s;
