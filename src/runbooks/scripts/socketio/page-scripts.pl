#!/usr/bin/perl
# Part of page-scripts.sh, which says what it answers.

require "../shared/sockets.pl";
require "../shared/http-client.pl";
my ($port, $tls, $site, $address) = @ARGV;
sub get { ask_http(own_port($port, $tls, $site, $address), $_[0], connect => 2, within => 3, most => 65_536) }
my $page = get("/");
# Where nobody listens there is no page, and so no script of it.
exit 0 if ($page->{why} // "") eq "connect: Connection refused";
if (!$page->{status} || $page->{late}) { print STDERR "its page was not served: ", $page->{why} // "not whole in time", "\n"; exit 69 }
for my $script (($page->{body} =~ m{<script[^>]+src=["\x27]?(/[^"\x27 >?]*socket\.io[^"\x27 >?]*)}gi)[0 .. 1]) {
  next unless defined $script;
  my $answer = get($script);
  printf "%s\t%d\n", $script, $answer->{late} ? 0 : $answer->{status};
}
