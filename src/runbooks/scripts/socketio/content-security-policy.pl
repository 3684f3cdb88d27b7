#!/usr/bin/perl
# Does a Content-Security-Policy forbid the connection?
#
# These are the facts from which the parser `content-security-policy` tells it.
#
# Reads: HTTP or TLS to the page and its scripts.
# Prints: a line a policy: header or meta, a tab, its text; a line a host of a policy that the page or one of its first
#   scripts names: mentions, a tab, the host; then === end.
# Needs: perl-base, openssl for TLS (69 where it is missing, or no page answers).
# Arguments: pageAddress, pagePort, pageTls, pageHost.

require "../shared/sockets.pl";
require "../shared/http-client.pl";
my ($at, $port, $tls, $host) = @ARGV;
my $until = time + 7;
my @headers = ("Accept: text/html,*/*", "Connection: close");
sub get {
  my ($path) = @_;
  return { head => "", body => "" } if time >= $until;
  return ask_http({ at => $at, port => $port, tls => $tls, host => $host }, $path, headers => \@headers, connect => 2, within => 3, most => 262_144);
}
my $page = get("/");
exit 69 if $page->{head} eq "";
my ($head, $body) = @$page{qw(head body)};
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
  $all .= lc get($_)->{body} for grep { defined && !/socket\.io/ } @scripts[0 .. 2];
  for (sort keys %hosts) { print "mentions\t$_\n" if index($all, $_) >= 0 }
}
print "=== end\n"
