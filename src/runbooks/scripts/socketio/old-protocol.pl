#!/usr/bin/perl
# Does the server answer the old protocol, Engine.IO 3?
#
# Reads: HTTP or TLS on 127.0.0.1.
# Prints: status= and note=.
# Needs: perl-base, openssl for TLS (69 where it is missing); no right (77 where nothing answers, or a socket file is closed).
# Arguments: port, tls, siteHost, listenAddress, socketioPath.

require "../shared/sockets.pl";
require "../shared/http-client.pl";
my ($port, $tls, $site, $address, $path) = @ARGV;
my $answer = ask_http(own_port($port, $tls, $site, $address), "$path?EIO=3&transport=polling", most => 4096);
my $status = $answer->{status} or exit 77;
printf "status=%d\nnote=%s\n", $status, substr $answer->{body} =~ s/[^ -~]+/ /gr, 0, 160;
