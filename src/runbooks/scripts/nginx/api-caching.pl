#!/usr/bin/perl
# What does DebVisor's API say of caching?
#
# Reads: HTTP on 127.0.0.1.
# Prints: key=value lines: status, control, cookie; then === end.
# Needs: perl-base; no right (77 where nothing answers).
# Arguments: port, apiPath.

require "../shared/http-client.pl";
my ($port, $path) = @ARGV;
my $answer = ask_http(own_port($port, "false", "localhost"), $path);
my $status = $answer->{status} or exit 77;
my ($control) = $answer->{head} =~ /^cache-control:\s*([^\r\n]*)/mi;
printf "status=%d\ncontrol=%s\ncookie=%s\n", $status, $control // "", $answer->{head} =~ /^set-cookie:/mi ? "yes" : "no";
print "=== end\n";
