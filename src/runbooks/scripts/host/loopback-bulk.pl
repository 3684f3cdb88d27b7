#!/usr/bin/perl
# Do bytes get lost between this host's own programs, where more of them are sent at once?
#
# A rule that drops what is over a rate lets single small answers pass. So what users ask is asked again and again, over connections that stay
# open, until each has had 32 KB or 2 s are over. Then the kernel tells of each how many segments the server had to send again (ss(8), readable by
# all): the loopback interface loses nothing by itself.
#
# What is larger than our own buffer does not tell: what finds no room there is sent again, too.
#
# Reads: at most 32 answers of DebVisor's own port and of the front port, both in plain HTTP; ss.
# Prints: a line a connection that lost some, as loopback-resends.sh does: segments sent again, segments sent, the server's end, ours; then === end.
# Needs: perl-base, ss (127 without it); no right.
# Arguments: listenAddress, port, tls, siteHost, frontAt, frontPort, path.

use strict;
use warnings;
require "../shared/sockets.pl";
require "../shared/http-client.pl";
require "../shared/kernel.pl";
my ($own_at, $own, $tls, $name, $front_at, $front, $path) = @ARGV;
exit 127 unless grep { -x "$_/ss" } split(/:/, $ENV{PATH}), "/usr/bin", "/bin", "/usr/sbin", "/sbin";
my @places = $own_at =~ /^[0-9.]+$/ && $tls ne "true" ? ([$own_at, $own]) x 2 : ();
# Its other ports speak TLS.
push @places, ([$front_at, $front]) x 2 if $front == 80;
my @open;
for my $place (@places) {
  my ($socket) = connect_to(@$place, 1) or next;
  push @open, { socket => $socket, text => request_text({ host => $name }, $path, headers => ["Connection: keep-alive"]), got => "", all => 0, asked => 0 } if $socket;
}
my $ends = elapsed() + 2;
local $SIG{PIPE} = "IGNORE";
my $ask = sub { my ($one) = @_; $one->{asked}++; $one->{got} = ""; syswrite $one->{socket}, $one->{text} };
$ask->($_) for @open;
my @busy = @open;
while (@busy && (my $left = $ends - elapsed()) > 0) {
  my $reads = "";
  vec($reads, fileno $_->{socket}, 1) = 1 for @busy;
  next if select($reads, undef, undef, $left) <= 0;
  for my $one (grep { vec $reads, fileno $_->{socket}, 1 } @busy) {
    my $size = sysread $one->{socket}, my $more, 65_536;
    if (!$size) { $one->{over} = 1; next }
    $one->{got} .= $more;
    $one->{all} += $size;
    next unless answer_of($one->{got})->{whole};
    if ($one->{all} >= 32_000 || $one->{asked} >= 8) { $one->{over} = 1 }
    else { $ask->($one) }
  }
  @busy = grep { !$_->{over} } @busy;
}
my %ours;
for my $one (grep { $_->{all} <= 1_000_000 } @open) {
  my ($family, $port) = unpack "S n", getsockname($one->{socket}) // next;
  $ours{$port} = 1;
}
$ENV{PATH} = "$ENV{PATH}:/usr/sbin:/sbin";
open my $all, "-|", "ss", "-HtniO", "state", "established" or exit 127;
my @lossy;
while (<$all>) {
  my (undef, $queued, $here, $there) = split " ";
  my ($port) = ($there // "") =~ /:(\d+)$/ or next;
  next unless $ours{$port};
  my %is = (notsent => 0, retrans => 0, /\b(bytes_sent|bytes_acked|notsent|data_segs_out|segs_out):(\d+)/g, /\b(retrans):\d+\/(\d+)/);
  my $again = $is{retrans};
  # A rule on the way out drops a segment before it counts as sent: it is tried anew, and its bytes count each time.
  my $lost = ($is{bytes_sent} // 0) - ($is{bytes_acked} // 0) - ($queued - $is{notsent});
  $again = int($lost * $is{data_segs_out} / $is{bytes_sent} + 0.5) if !$again && $lost >= 500 && $is{data_segs_out};
  push @lossy, [$again, $is{segs_out} // 0, $here, $there] if $again;
}
close $all;
print join(" ", @$_), "\n" for sort { $b->[0] <=> $a->[0] } @lossy;
print "=== end\n";
