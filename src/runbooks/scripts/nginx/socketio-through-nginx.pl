#!/usr/bin/perl
# Does Socket.IO answer through nginx?
#
# Reads: HTTP or TLS to nginx and to DebVisor.
# Prints: a line a request: via, kind, origin, status (0: none), note; then === end.
# Needs: perl-base, openssl for TLS (69 where it is missing); no right.
# Arguments: port, tls, socketioPath, at, nginxPort, nginxTls, host, origin, listenAddress.

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
print "=== end\n";
