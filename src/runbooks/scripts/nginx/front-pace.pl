#!/usr/bin/perl
# Is the front port slower than DebVisor itself?
#
# Reads: nine requests at once, TCP_INFO of their sockets. Over TLS each is connected twice: openssl does not tell of
#   its socket.
# Prints: a line a request: via, port, ms to connect, segments sent again, ms to the answer, status, note; then ===
#   end.
# Needs: perl-base, openssl for TLS (69 where it is missing); no right.
# Arguments: nginxFile, frontAt, frontPort, port, tls, path, listenAddress.

require "../shared/sockets.pl";
require "../shared/http-client.pl";
require "../shared/kernel.pl";
require "../shared/paths.pl";
my ($main, $at, $front, $own, $tls, $path, $own_at) = @ARGV;
$own_at ||= "127.0.0.1";
# One with a socket file has no port of its own.
my $is_own = $own_at =~ /^[0-9.]+$/;
my $leads_to_it = $is_own ? qr/:$own\b/ : qr/\Q$own_at\E\b/;
my $root = $main =~ s{[^/]*$}{}r;
# By the name of the site that leads to DebVisor's port: another site of this nginx is no matter of ours. Where no file
# names the port, it stands in a group elsewhere, and the first site that is proxied has to do.
my ($site, $other);
for my $file (map { paths_like(as_it_is($root) . $_) } "sites-enabled/*", "conf.d/*.conf") {
  open my $in, "<", $file or next;
  my $text = join "", grep { !/^\s*#/ } <$in>;
  next unless $text =~ /\bproxy_pass\b/;
  my $called = $text =~ /\bserver_name\s+([A-Za-z0-9][A-Za-z0-9.-]*)\s*[;\s]/ ? $1 : "localhost";
  my $one = { host => $called, tls => $text =~ /\blisten\s+(?:[^;\s]*:)?$front\s[^;]*\bssl\b/ ? "true" : "false" };
  if ($text =~ $leads_to_it) { $site = $one; last }
  $other //= $one;
}
$site //= $other // { host => "localhost", tls => "false" };
# Without nginx, browsers come to DebVisor's own port.
$site->{tls} = $tls if $front == $own && $is_own;
my @all;
my $began = elapsed();
for my $to ((["front", $at, $front]) x 6, (["own", $own_at, $own]) x ($is_own ? 3 : 0)) {
  my ($via, $address, $port) = @$to;
  my $service = { at => $address, port => $port, host => $site->{host}, tls => $via eq "own" ? $tls : $site->{tls} };
  my $one = { via => $via, port => $port, service => $service, state => "connecting", resent => 0, status => 0, note => "" };
  my ($socket, $error) = start_connect(packed_address($address, $port) // next);
  next unless $socket;
  if ($error && $error != 115) { local $! = $error; @$one{qw(state note)} = ("done", "connect: $!") }
  @$one{qw(socket ms)} = ($socket, 0);
  push @all, $one;
}
my $resent = sub {
  my $info = getsockopt $_[0], 6, 11;
  defined $info && length $info >= 104 ? unpack "x100 L", $info : 0;
};
while (1) {
  my @open = grep { $_->{state} ne "done" } @all;
  my $left = $began + 4 - elapsed();
  last if !@open || $left <= 0;
  my ($reads, $writes) = ("", "");
  for (@open) { vec($_->{state} eq "connecting" ? $writes : $reads, fileno $_->{socket}, 1) = 1 }
  next if select($reads, $writes, undef, $left) < 0;
  for my $one (@open) {
    my $socket = $one->{socket};
    if ($one->{state} eq "connecting" && vec $writes, fileno $socket, 1) {
      $one->{connected} = 1000 * (elapsed() - $began);
      $one->{resent} = $resent->($socket);
      my $error = connect_error($socket);
      if ($error) { local $! = $error; @$one{qw(state note ms)} = ("done", "connect: $!", $one->{connected}); next }
      local $SIG{PIPE} = "IGNORE";
      my $to = $one->{service}{tls} eq "true" ? open_tls($one->{service}) : { in => $socket, out => $socket };
      send_all($to->{out}, request_text($one->{service}, $path));
      @$one{qw(socket to)} = ($to->{in}, $to);
      $one->{state} = "waiting";
    } elsif ($one->{state} eq "waiting" && vec $reads, fileno $socket, 1) {
      sysread $socket, my $got, 4096;
      ($one->{status}) = ($got // "") =~ m{^HTTP/\S+ (\d+)};
      @$one{qw(state ms)} = ("done", 1000 * (elapsed() - $began));
      $one->{note} = "closed without an answer" unless $one->{status};
    }
  }
}
for my $one (@all) {
  close_tls($one->{to}) if $one->{to};
  if ($one->{state} ne "done") {
    $one->{note} = $one->{state} eq "connecting" ? "connect: timed out" : "no answer within 4 s";
    $one->{resent} = $resent->($one->{socket}) if $one->{state} eq "connecting";
    $one->{ms} = 1000 * (elapsed() - $began);
  }
  printf "%s\t%d\t%d\t%d\t%d\t%d\t%s\n", $one->{via}, $one->{port}, $one->{connected} // $one->{ms},
    $one->{resent}, $one->{ms}, $one->{status} // 0, $one->{note} || "-";
}
print "=== end\n"
