#!/usr/bin/perl
# Does PostgreSQL accept a connection of DebVisor, and what does it ask for?
#
# Says who it is and reads the answer, without a password: a refusal comes with its SQLSTATE, a request for a password
# means that the way to the server, its slots and pg_hba.conf are in order. (Frontend/Backend Protocol 3.0,
# StartupMessage.)
#
# Reads: TCP and the first message of the protocol.
# Prints: key=value lines: connect, address, tried, reply, method, sqlstate, message.
# Needs: perl-base; no right.
# Arguments: pgHost, pgPort, pgUser, pgDatabase.

use Socket qw(:all);
use IO::Select;
my ($host, $port, $user, $name) = @ARGV;
$SIG{PIPE} = "IGNORE";
my ($error, @found) = getaddrinfo($host, $port, { socktype => SOCK_STREAM });
if ($error) { print "connect=cannot resolve $host: $error\n"; exit }
my $last = "nothing to connect to";
for my $to (@found) {
  my ($e, $ip) = getnameinfo($to->{addr}, NI_NUMERICHOST | NI_NUMERICSERV, NIx_NOSERV);
  socket my $s, $to->{family}, SOCK_STREAM, 0 or next;
  $s->blocking(0);
  my $at = "$ip port $port";
  if (!connect $s, $to->{addr}) {
    my $why = $!{EINPROGRESS} ? IO::Select->new($s)->can_write(2) ? unpack "i", getsockopt $s, SOL_SOCKET, SO_ERROR : -1 : $! + 0;
    if ($why) { $last = $why < 0 ? "timed out" : ($! = $why) . ""; print "tried=$at $last\n"; next }
  }
  print "connect=ok\naddress=$at\n";
  my $say = pack "N", 196608;
  $say .= "$_\0" for user => $user, database => $name, application_name => "debvisor-diagnose";
  $say .= "\0";
  syswrite $s, pack("N", length($say) + 4) . $say;
  my $got = "";
  while (IO::Select->new($s)->can_read(3)) {
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
