# HTTP of one request a connection, plain or over TLS, for scripts that ask this host's own services. Another script has it by
# `require "../shared/http-client.pl";`, after `require "../shared/sockets.pl";`.
#
# ask_http(\%service, $path, %request): what a service answers.
#   service: at (IP address; or unix: and a socket file), port, tls ("true": over TLS), host (Host header; without its port the name that TLS is told).
#   request: method (GET), headers (lines without their ends), body; connect and within (seconds to connect, and to answer: 3 and 4); most (bytes
#   that are read: 16384).
#   Gives: status (0: none), head, body (what came of it, put together where it came in chunks), whole (it came to its end), late (it did not, in
#   time), and where there is no status why: "connect: ...", "no answer within 4 s", "closed without an answer", "not HTTP: ...", "does not speak
#   TLS" or "TLS: ...".
# own_port($port, $tls, $name, $address): DebVisor's own port, or socket file, as such a service. The address "unknown" is one that nobody tells:
#   it is not asked. A socket file that this login may not connect to ends the script with 77.
# can_speak_tls(): openssl is there. Where it is not, ask_http of a service with TLS ends the script with 69: nothing was seen.
# open_tls(\%service): for a script that reads and writes itself: in, out and err, and the process that speaks TLS (pid), to be ended with close_tls.
#
# The certificate is not verified: these are looks, and nothing secret is sent. Through openssl, which every host with a certificate has; without
# its list of authorities it takes 8 ms of CPU, with it 35 ms.

sub own_port {
  my ($port, $tls, $name, $address) = @_;
  $address = "127.0.0.1" if ($address // "") eq "";
  open_own($address) if $address =~ /^unix:/;
  my $is_named = $name ne "localhost" || $address =~ /^unix:/;
  return { at => $address, port => $port, tls => $tls, host => $is_named ? $name : "localhost:$port" };
}

# Ends the script where the socket file is closed.
my %was_opened;
sub open_own {
  my ($address) = @_;
  return if $was_opened{$address}++ || (open_plain({ at => $address }, 2)->{why} // "") ne "connect: Permission denied";
  print STDERR "this login may not connect to ", $address =~ s/^unix://r, "\n";
  exit 77;
}

sub ask_http {
  my ($service, $path, %request) = @_;
  my $within = $request{within} // 4;
  my ($got, $why) = ("", undef);
  my $to = $service->{tls} eq "true" && $service->{at} ne "unknown" ? open_tls($service) : open_plain($service, $request{connect} // 3);
  if ($to->{why}) { $why = $to->{why} }
  else {
    local $SIG{PIPE} = "IGNORE";
    my $is_in_time = eval {
      local $SIG{ALRM} = sub { die "late\n" };
      alarm $within;
      send_all($to->{out}, request_text($service, $path, %request));
      while (length $got < ($request{most} // 16_384) && sysread $to->{in}, my $more, 8192) { $got .= $more; last if answer_of($got)->{whole} }
      alarm 0;
      1;
    };
    alarm 0;
    $why = $is_in_time ? "closed without an answer" : "no answer within $within s";
    my $said = close_tls($to);
    $why = tls_trouble($said) // (!$is_in_time && $said eq "" && open_plain($service, 1)->{why}) || $why if $to->{pid} && $got eq "";
  }
  my $answer = answer_of($got);
  $answer->{late} = ($why // "") =~ /^no answer within/ ? 1 : 0;
  $why = "not HTTP: " . substr $got =~ s/[^ -~]/./gr, 0, 60 if $got ne "";
  $answer->{why} = $why unless $answer->{status};
  return $answer;
}

sub request_text {
  my ($service, $path, %request) = @_;
  my $body = $request{body};
  my @headers = ("Host: $service->{host}", "User-Agent: debvisor-diagnose", @{$request{headers} // ["Connection: close"]});
  push @headers, "Content-Length: " . length $body if defined $body;
  return join("\r\n", ($request{method} // "GET") . " $path HTTP/1.1", @headers, "", "") . ($body // "");
}

sub send_all {
  my ($out, $left) = @_;
  while ($left ne "") { my $sent = syswrite $out, $left, 16_384 or return; substr($left, 0, $sent) = "" }
}

sub open_plain {
  my ($service, $seconds) = @_;
  my ($at, $port) = @$service{qw(at port)};
  return { why => "connect: nobody says where" } if $at eq "unknown";
  my ($socket, $why) = connect_to($at, $port, $seconds);
  return $socket ? { in => $socket, out => $socket } : { why => "connect: " . ($why =~ /timed/ ? "timed out" : $why) };
}

sub can_speak_tls { scalar grep { -x "$_/openssl" } split /:/, $ENV{PATH} }

sub open_tls {
  my ($service) = @_;
  if (!can_speak_tls()) { print STDERR "openssl is not installed, so nothing can be asked over TLS\n"; exit 69 }
  my $name = $service->{host} =~ s/:\d+$//r;
  # An address is no name that TLS may be told (RFC 6066, section 3).
  my @name = $name =~ /^[\d.]+$|:/ ? "-noservername" : ("-servername", $name);
  my @openssl = qw(openssl s_client -quiet -brief -no-CAfile -no-CApath);
  my ($at, $port) = @$service{qw(at port)};
  my @to = $at =~ m{^unix:(/.*)}s ? ("-unix", "$1") : ("-connect", ($at =~ /:/ ? "[$at]" : $at) . ":$port");
  my ($out, $in, $err, $pid) = run_beside(@openssl, @name, @to) or do { print STDERR "openssl cannot be started: $!\n"; exit 69 };
  return { in => $in, out => $out, err => $err, pid => $pid };
}

# What openssl said.
sub close_tls {
  my ($to) = @_;
  my $pid = $to->{pid} or return "";
  kill "TERM", $pid;
  read $to->{err}, my $said, 65_536;
  waitpid $pid, 0;
  return $said // "";
}

# Why there was no answer, where it was not the service that left it out.
sub tls_trouble {
  my ($said) = @_;
  if ($said =~ /^connect:errno=(\d+)/m) { local $! = $1; return "connect: " . ($! =~ /timed/ ? "timed out" : $!) }
  return "TLS: $1" if $said =~ /:(?:ssl\/tls|tlsv1\d?|sslv3) (alert [a-z ]+):/i;
  return if $said =~ /^CONNECTION ESTABLISHED/m;
  return "does not speak TLS" if $said =~ /wrong version number|packet length too long|unknown protocol|http request/;
  return "TLS: $1" if $said =~ /:SSL routines:[^:]*:(?!unexpected eof)([^:\n]+)/;
}

# The parts of what came so far.
sub answer_of {
  my ($got) = @_;
  my %answer = (status => $got =~ m{^HTTP/\S+ (\d+)} ? $1 : 0, head => "", body => "", whole => 0);
  my ($head, $rest) = $got =~ /^(HTTP.*?\r\n)\r\n(.*)/s or return \%answer;
  $answer{head} = $head;
  if ($answer{head} =~ /^transfer-encoding:[^\r\n]*chunked/mi) { @answer{qw(body whole)} = unchunked($rest) }
  else {
    $answer{body} = $rest;
    $answer{whole} = 1 if $answer{status} =~ /^(?:101|204|304)$/ || $answer{head} =~ /^content-length:\s*(\d+)/mi && length $rest >= $1;
  }
  return \%answer;
}

sub unchunked {
  my ($rest) = @_;
  my $body = "";
  while ($rest =~ /\G([0-9a-f]{1,7})[^\r\n]*\r\n/gci) {
    my ($size, $at) = (hex $1, pos $rest);
    return ($body, 1) if $size == 0;
    $body .= substr $rest, $at, $size;
    return ($body, 0) if $at + $size + 2 > length $rest;
    pos($rest) = $at + $size + 2;
  }
  return ($body, 0);
}

1;
