# The handshake of a WebSocket, for scripts that have `require "../shared/http-client.pl";` too.
#
# upgrade_headers(): the lines that ask for it.
# unaccepted(\%answer): what is wrong with the Sec-WebSocket-Accept of a status 101; undef where nothing is. Browsers hang up on it, programs let it
#   pass.

sub upgrade_headers {
  return ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: ZGVidmlzb3ItZGlhZ25vcw==");
}

sub unaccepted {
  my ($answer) = @_;
  return unless $answer->{status} == 101 && $answer->{head} ne "";
  my ($told) = $answer->{head} =~ /^sec-websocket-accept:[ \t]*(\S+)/mi or return "Sec-WebSocket-Accept is missing";
  # What a server makes of that key (RFC 6455, section 4.2.2).
  return $told eq "iDgMzwP0ljOw4bZwIka0gmdENMw=" ? undef : "Sec-WebSocket-Accept is " . substr $told, 0, 60;
}

1;
