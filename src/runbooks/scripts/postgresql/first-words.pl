#!/usr/bin/perl
# Does PostgreSQL accept a connection of DebVisor, and what does it ask for?
#
# Says who it is and reads the answer, without a password: a refusal comes with its SQLSTATE, a request for a password
# means that the way to the server, its slots and pg_hba.conf are in order. (Frontend/Backend Protocol 3.0,
# StartupMessage.) Through a socket file the server mostly asks which account it is (peer), and would log that this one is not
# DebVisor's: there it is only asked whether it speaks TLS, which takes no login (SSLRequest).
#
# Reads: TCP or the socket file, and the first message of the protocol.
# Prints: key=value lines: connect, address, tried, reply, method, sqlstate, message.
# Needs: perl-base; no right, but to enter the folder of the socket file (77).
# Arguments: pgHost, pgPort, pgUser, pgDatabase.

require "../shared/sockets.pl";
my ($host, $port, $user, $name) = @ARGV;
$SIG{PIPE} = "IGNORE";
# A text and where it leads to, for each address. Of a name they are all of both kinds, in the order that libpq tries them in.
my @found = $host =~ m{^/} ? ["$host/.s.PGSQL.$port", packed_address("unix:$host/.s.PGSQL.$port")] : map { defined ? [$host, $_] : () } packed_address($host, $port);
if (!@found) {
  require Socket;
  my ($error, @all) = Socket::getaddrinfo($host, $port, { socktype => Socket::SOCK_STREAM() });
  if ($error) { print "connect=cannot resolve $host: $error\n"; exit }
  @found = map { [(Socket::getnameinfo($_->{addr}, Socket::NI_NUMERICHOST() | Socket::NI_NUMERICSERV(), Socket::NIx_NOSERV()))[1], $_->{addr}] } @all;
}
sub waits_for {
  my ($socket, $what, $seconds) = @_;
  my @bits = ("", "");
  vec($bits[$what eq "write"], fileno $socket, 1) = 1;
  return select($bits[0], $bits[1], undef, $seconds) > 0;
}
my $last = "nothing to connect to";
for my $to (@found) {
  my ($ip, $packed) = @$to;
  my $at = $host =~ m{^/} ? $ip : "$ip port $port";
  my ($s, $why) = start_connect($packed);
  next unless $s;
  $why = waits_for($s, "write", 2) ? connect_error($s) : -1 if $why == 115;
  # EACCES of a socket file: its folder is closed to this login, and that says nothing of DebVisor.
  if ($why == 13 && $host =~ m{^/}) { print STDERR "this login may not use the socket file $at\n"; exit 77 }
  if ($why) { $last = $why < 0 ? "timed out" : ($! = $why) . ""; print "tried=$at $last\n"; next }
  print "connect=ok\naddress=$at\n";
  if ($host =~ m{^/}) {
    syswrite $s, pack "NN", 8, 80877103;
    my $said = "";
    sysread $s, $said, 1 if waits_for($s, "read", 3);
    print $said =~ /^[NS]/ ? "reply=login\nmethod=by its account\n" : $said eq "" ? "reply=none\n" : "reply=other\n";
    exit;
  }
  my $say = pack "N", 196608;
  $say .= "$_\0" for user => $user, database => $name, application_name => "debvisor-diagnose";
  $say .= "\0";
  syswrite $s, pack("N", length($say) + 4) . $say;
  my $got = "";
  while (waits_for($s, "read", 3)) {
    sysread $s, my $more, 4096 or last;
    $got .= $more;
    last if length $got > 8;
  }
  if ($got =~ /^R....(....)/s) {
    my %kind = (0 => "none", 3 => "password", 5 => "md5", 10 => "scram", 7 => "gss");
    print "reply=login\nmethod=", $kind{ unpack "N", $1 } // "other", "\n";
  } elsif ($got =~ /^E....(.*)/s) {
    my %part = map { (substr($_, 0, 1), substr $_, 1) } grep { length } split /\0/, $1;
    print "reply=refused\nsqlstate=$part{C}\nmessage=", $part{M} =~ s/\s+/ /gr, "\n";
  } else { print "reply=", length $got ? "other" : "none", "\n" }
  exit;
}
print "connect=$last\n"
