#!/usr/bin/perl
# What does DebVisor's API say of caching?
#
# Reads: HTTP or TLS on 127.0.0.1.
# Prints: key=value lines: status, control, cookie; then === end.
# Needs: perl-base, openssl for TLS (69 where it is missing); no right (77 where nothing answers, or a socket file is closed).
# Arguments: port, tls, siteHost, listenAddress, cachedPath.

require "../shared/sockets.pl";
require "../shared/http-client.pl";
my ($port, $tls, $site, $address, $path) = @ARGV;
my $answer = ask_http(own_port($port, $tls, $site, $address), $path);
my $status = $answer->{status} or exit 77;
my ($control) = $answer->{head} =~ /^cache-control:\s*([^\r\n]*)/mi;
printf "status=%d\ncontrol=%s\ncookie=%s\n", $status, $control // "", $answer->{head} =~ /^set-cookie:/mi ? "yes" : "no";
print "=== end\n";
