#!/usr/bin/perl
# What does DebVisor's own port answer?
#
# The first refusal or time-out ends it: the other paths would say the same. perl is on every Debian (perl-base), curl
# is not.
#
# Where it is TLS that was asked in plain HTTP, or the other way round, that is the answer. A health answer waits for all that DebVisor needs: for
# mail alone up to 5 s.
#
# Reads: HTTP or TLS on 127.0.0.1.
# Prints: a line a path: path, status (0: none), milliseconds, type and beginning of the body or what went wrong; where it failed its body of JSON, or
#   cut where a health answer has no end.
# Needs: perl-base, openssl for TLS (69 where it is missing); no right (77 where a socket file is closed).
# Arguments: port, tls, siteHost, listenAddress, apiPath, /health/ready, /health/live, /, /api/status, /health, /healthz, /api.

require "../shared/sockets.pl";
require "../shared/http-client.pl";
require "../shared/kernel.pl";
my ($port, $tls, $site, $address, @paths) = @ARGV;
my $debvisor = own_port($port, $tls, $site, $address);
# nginx, Apache and Go say so of a plain request; most others close, or send an alert.
sub wants_tls { $_[0]{status} == 400 && $_[0]{body} =~ /HTTPS port|HTTPS server|SSL-enabled server/ }
# That it is the other of TLS and plain HTTP, where the first request was not understood.
sub other_scheme {
  my ($answer) = @_;
  my $why = $answer->{why} // "";
  return "speaks TLS" if $tls ne "true" && wants_tls($answer);
  return if $answer->{status} || $why =~ /^(?:connect|TLS): /;
  return $why if $why eq "does not speak TLS";
  my @asked = ("/", within => 2);
  if ($tls eq "true") {
    my $plain = ask_http(own_port($port, "false", $site, $address), @asked);
    return $plain->{status} && !wants_tls($plain) ? "does not speak TLS" : undef;
  }
  return unless can_speak_tls();
  my $by_tls = ask_http(own_port($port, "true", $site, $address), @asked);
  return $by_tls->{status} || $by_tls->{why} =~ /^TLS: alert/ ? "speaks TLS" : undef;
}
# Eight of them fit into an answer of a probe.
my $longest = 6000;
sub body_to_read {
  my ($path, $answer) = @_;
  my $body = $answer->{body} =~ s/[\s\0]+/ /gr;
  return "cut" if $path =~ /health|ready|live/ && !$answer->{whole} && !$answer->{late} && length $answer->{body} > 60_000;
  return $answer->{status} >= 500 && $body =~ /^ ?\{/ && length $body <= $longest ? $body : ();
}
my (%seen, $was_asked);
my $all_began = elapsed();
for my $path (grep { !$seen{$_}++ } @paths) {
  my $began = elapsed();
  my $answer = ask_http($debvisor, $path, within => 6, most => 65_536, headers => ["Accept: application/json", "Connection: close"]);
  if (my $other = !$was_asked++ && other_scheme($answer)) { @$answer{qw(status why)} = (0, $other) }
  my ($type) = $answer->{head} =~ /^content-type:\s*([^;\r\n]+)/mi;
  my $note = ($type // "-") . " " . substr $answer->{body} =~ s/[\s\0]+/ /gr, 0, 160;
  my $now = elapsed();
  my @body = body_to_read($path, $answer);
  print join("\t", $path, $answer->{status}, int(1000 * ($now - $began)), $answer->{why} // $note, @body), "\n";
  last if !$answer->{status} || $now - $all_began > 5;
}
