#!/usr/bin/perl
# Does a Content-Security-Policy forbid the connection?
#
# These are the facts from which the parser `content-security-policy` tells it.
#
# Reads: HTTP or TLS to the page and its scripts.
# Prints: a line a policy: header or meta, a tab, its text; a line a host of a policy that the page or one of its first
#   scripts names: mentions, a tab, the host; then === end.
# Needs: perl-base, openssl for TLS (69 where no page answers).
# Arguments: pageAddress, pagePort, pageTls, pageHost.

use IO::Socket::INET;
use IPC::Open2;
my ($at, $port, $tls, $host) = @ARGV;
my $until = time + 7;
sub get {
  my ($path) = @_;
  my ($in, $out, $pid, $got) = (undef, undef, undef, "");
  return "" if time >= $until;
  if ($tls eq "true") {
    $pid = open2($in, $out, "openssl", "s_client", "-quiet", "-verify_quiet", "-connect", "$at:$port", "-servername", $host);
  } else {
    $in = $out = IO::Socket::INET->new(PeerAddr => $at, PeerPort => $port, Timeout => 2) or return "";
  }
  local $SIG{PIPE} = "IGNORE";
  eval {
    local $SIG{ALRM} = sub { die };
    alarm 3;
    syswrite $out, "GET $path HTTP/1.1\r\nHost: $host\r\nUser-Agent: debvisor-diagnose\r\nAccept: text/html,*/*\r\nConnection: close\r\n\r\n";
    while (sysread $in, my $more, 8192) { $got .= $more; last if length $got > 262144 }
  };
  alarm 0;
  if ($pid) { kill "TERM", $pid; waitpid $pid, 0 }
  return $got;
}
my $page = get("/");
my ($head, $body) = $page =~ /^(HTTP.*?)\r\n\r\n(.*)/s or exit 69;
my @policies = map { [header => $_] } $head =~ /^content-security-policy:[ \t]*([^\r\n]*)/mig;
for my $meta ($body =~ /<meta\s[^>]*http-equiv=["\x27]?content-security-policy["\x27]?[^>]*>/ig) {
  push @policies, [meta => $1] if $meta =~ /\bcontent="([^"]*)"/i;
}
my %hosts;
for my $policy (@policies[0 .. ($#policies > 7 ? 7 : $#policies)]) {
  my ($where, $text) = @$policy;
  $text = substr $text =~ s/[^ -~]+/ /gr, 0, 4000;
  print "$where\t$text\n";
  $hosts{lc $1} = 1 while $text =~ m{(?:^|[ ;,])(?:[a-z]+://)?(?:\*\.)?([a-z0-9-]+(?:\.[a-z0-9-]+)+)}ig && keys %hosts < 100;
}
if (%hosts) {
  my $all = lc $body;
  my @scripts = $body =~ m{<script[^>]+src=["\x27]?(/[^"\x27 >]+)}gi;
  $all .= lc get($_) for grep { defined && !/socket\.io/ } @scripts[0 .. 2];
  for (sort keys %hosts) { print "mentions\t$_\n" if index($all, $_) >= 0 }
}
print "=== end\n"
