#!/usr/bin/perl
# Does Socket.IO answer through nginx?
#
# Reads: HTTP or TLS to nginx and to DebVisor.
# Prints: a line a request: via, kind, origin, status (0: none), note; of the second requests of a session at DebVisor's own port only one that is refused;
#   then === end.
# Needs: perl-base, openssl for TLS (69 where it is missing); no right.
# Arguments: port, tls, socketioPath, at, nginxPort, nginxTls, host, origin, listenAddress.

require "../shared/sockets.pl";
require "../shared/http-client.pl";
require "../shared/websocket.pl";
my ($own, $own_tls, $path, $at, $port, $tls, $host, $origin, $address) = @ARGV;
my %services = (
  nginx => { at => $at, port => $port, tls => $tls, host => $host },
  direct => { at => $address || "127.0.0.1", port => $own, tls => $own_tls, host => $host },
);
my %silent;
sub ask {
  my ($via, $kind, $from, $query, @headers) = @_;
  return if $silent{$via};
  my @origin = $from eq "-" ? () : "Origin: $from";
  my $answer = ask_http($services{$via}, "$path?$query", headers => [@origin, @headers], most => 4096);
  my ($where) = $answer->{head} =~ /^location:\s*(\S+)/mi;
  my $note = substr +($where ? "to $where " : "") . $answer->{body} =~ s/[^ -~]+/ /gr, 0, 200;
  printf "%s\t%s\t%s\t%d\t%s\n", $via, $kind, $from, $answer->{status}, $answer->{why} // unaccepted($answer) // $note;
  $silent{$via} = 1 unless $answer->{status};
  return $answer->{status} == 200 ? $answer->{body} : undef;
}
my @ws = ("EIO=4&transport=websocket", upgrade_headers());
my @poll = ("EIO=4&transport=polling", "Connection: close");
ask("nginx", "ws", "-", @ws);
ask("nginx", "ws", $origin, @ws);
my $first = ask("nginx", "poll", "-", @poll) // "";
my ($sid) = $first =~ /"sid": *"([A-Za-z0-9_-]+)"/;
ask("nginx", "poll2", "-", "$poll[0]&sid=$sid", $poll[1]) if $sid;
ask("direct", "ws", "-", @ws);
ask("direct", "ws", $origin, @ws);
ask_again() unless $silent{direct};

# Several workers of one server share new connections by chance, and nginx keeps some of them open: so a session is gone on with at DebVisor's own port, a
# connection each time. A pong (3) is what each client says now and then.
sub ask_again {
  my $opened = ask_http($services{direct}, "$path?$poll[0]", headers => [$poll[1]], within => 3, most => 4096);
  my ($sid) = $opened->{body} =~ /"sid": *"([A-Za-z0-9_-]+)"/ or return;
  for (1 .. 5) {
    my @pong = (method => "POST", body => "3", headers => ["Content-Type: text/plain;charset=UTF-8", $poll[1]]);
    my $answer = ask_http($services{direct}, "$path?$poll[0]&sid=$sid", @pong, within => 3, most => 4096);
    last unless $answer->{status};
    next unless $answer->{status} == 400;
    printf "direct\tpoll2\t-\t400\t%s\n", substr $answer->{body} =~ s/[^ -~]+/ /gr, 0, 200;
    last;
  }
}
print "=== end\n";
