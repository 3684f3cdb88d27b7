#!/usr/bin/perl
# Part of versions.sh, which says what it answers.

require "../shared/sockets.pl";
require "../shared/http-client.pl";
my ($port, $tls, $site, $address, $path) = @ARGV;
my $answer = ask_http(own_port($port, $tls, $site, $address), "${path}socket.io.js", connect => 2, within => 3, most => 4096);
exit 0 if ($answer->{why} // "") eq "connect: Connection refused";
if (!$answer->{status} || $answer->{late}) { print STDERR "its script was not served: ", $answer->{why} // "not whole in time", "\n"; exit 69 }
print "client\tserved\t$1\t${path}socket.io.js\n" if $answer->{status} == 200 && $answer->{body} =~ /Socket\.IO v([0-9][0-9.]*)/;
