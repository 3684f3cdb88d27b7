#!/usr/bin/perl
# What does DebVisor's own port answer?
#
# The first refusal or time-out ends it: the other paths would say the same. perl is on every Debian (perl-base), curl
# is not.
#
# Reads: HTTP on 127.0.0.1.
# Prints: a line a path: path, status (0: none), milliseconds, type and beginning of the body or what went wrong.
# Needs: perl-base; no right.
# Arguments: port, apiPath, /, /api/status, /health, /healthz, /api.

require "../shared/http-client.pl";
use POSIX;
my ($port, @paths) = @ARGV;
my $debvisor = own_port($port, "false", "localhost");
my %seen;
for my $path (grep { !$seen{$_}++ } @paths) {
  my $began = (POSIX::times())[0];
  my $answer = ask_http($debvisor, $path, headers => ["Accept: application/json", "Connection: close"]);
  my ($type) = $answer->{head} =~ /^content-type:\s*([^;\r\n]+)/mi;
  my $note = ($type // "-") . " " . substr $answer->{body} =~ s/[\s\0]+/ /gr, 0, 160;
  printf "%s\t%d\t%d\t%s\n", $path, $answer->{status}, 10 * ((POSIX::times())[0] - $began), $answer->{why} // $note;
  last unless $answer->{status};
}
