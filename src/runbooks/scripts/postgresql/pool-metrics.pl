#!/usr/bin/perl
# Part of pool-metrics.sh, which says what it answers.

use IO::Socket::INET;
my ($host, $port, $path) = $ARGV[0] =~ m{^http://([^/:]+)(?::(\d+))?(/.*)?$} or die "curl is needed for $ARGV[0]\n";
$path //= "/";
my $s = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port || 80, Timeout => 4) or die "connect: $!\n";
alarm 5;
print $s "GET $path HTTP/1.0\r\nHost: $host\r\n\r\n";
my $got = join "", <$s>;
$got =~ m{^HTTP/\S+ 2\d\d} or die substr($got, 0, 60), "\n";
print $got =~ s/^.*?\r\n\r\n//sr
