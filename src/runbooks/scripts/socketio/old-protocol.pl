#!/usr/bin/perl
# Does the server answer the old protocol, Engine.IO 3?
#
# Reads: HTTP on 127.0.0.1.
# Prints: status= and note=.
# Needs: perl-base; no right (77 where nothing answers).
# Arguments: port, socketioPath.

require "../shared/http-client.pl";
my ($port, $path) = @ARGV;
my $answer = ask_http(own_port($port, "false", "localhost"), "$path?EIO=3&transport=polling", most => 4096);
my $status = $answer->{status} or exit 77;
printf "status=%d\nnote=%s\n", $status, substr $answer->{body} =~ s/[^ -~]+/ /gr, 0, 160;
