#!/usr/bin/perl
# Part of pool-metrics.sh, which says what it answers.

require "../shared/sockets.pl";
my ($host, $port, $path) = $ARGV[0] =~ m{^http://([^/:]+)(?::(\d+))?(/.*)?$} or die "curl is needed for $ARGV[0]\n";
$path //= "/";
my ($s, $why) = connect_to($host, $port || 80, 4);
die "connect: $why\n" unless $s;
alarm 5;
syswrite $s, "GET $path HTTP/1.0\r\nHost: $host\r\n\r\n";
my $got = join "", <$s>;
$got =~ m{^HTTP/\S+ 2\d\d} or die substr($got, 0, 60), "\n";
print $got =~ s/^.*?\r\n\r\n//sr
