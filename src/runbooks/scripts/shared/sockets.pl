# Connections and programs to talk to, without a module: Socket, its relatives and IPC::Open3 cost 10 to 35 ms of the host's CPU to load, more than
# what a probe does with them. The numbers are Linux'. Another script has it by `require "../shared/sockets.pl";`.
#
# packed_address($at, $port): where to connect to; undef where $at is neither an IP address (fe80::1%eth0 too) nor unix: and a socket file.
# resolved($host): the first IPv4 address of a name, as text, and an address as it is; undef where there is none.
# start_connect($packed): a socket that connects without waiting, and 0; or the number of what went wrong (errno(3)), 115 while it goes on.
# connect_error($socket): what came of that once it can be written to; 0: it is connected.
# connect_to($at, $port, $seconds): a socket that is connected; or undef and why. $at may be a name too.
# run_beside(@command): its input, its output, its errors, its process id, like open3. Where it cannot be started there is nothing, and $! says why.

use strict;

sub packed_address {
  my ($at, $port) = @_;
  return pack "S a108", 1, $1 if $at =~ m{^unix:(/.*)}s;
  if ($at =~ /^\d+\.\d+\.\d+\.\d+$/) { my $bytes = packed_ipv4($at); return $bytes && pack "S n a4 x8", 2, $port, $bytes }
  my ($ip, $scope) = $at =~ /^\[?([0-9a-fA-F:.]+)(?:%([\w.-]+))?\]?$/ or return;
  my $bytes = packed_ipv6($ip) // return;
  if (defined $scope && $scope =~ /\D/) { open my $in, "<", "/sys/class/net/$scope/ifindex" or return; $scope = <$in> }
  return pack "S n N a16 L", 10, $port, 0, $bytes, $scope // 0;
}
sub packed_ipv4 { my @of = split /\./, $_[0]; return @of == 4 && !grep({ !/^\d{1,3}$/ || $_ > 255 } @of) ? pack "C4", @of : undef }
sub packed_ipv6 {
  my ($text) = @_;
  if ($text =~ s/:(\d+\.\d+\.\d+\.\d+)$/:/) { my $last = packed_ipv4($1) // return; $text .= sprintf "%x:%x", unpack "n2", $last }
  my ($head, $tail, $more) = split /::/, $text, -1;
  return if defined $more;
  my @head = split /:/, $head, -1;
  my @tail = split /:/, $tail // "", -1;
  my $left = 8 - @head - @tail;
  return if grep({ !/^[0-9a-fA-F]{1,4}$/ } @head, @tail) || (defined $tail ? $left < 1 : $left);
  return pack "n8", map { hex } @head, (0) x $left, @tail;
}

sub resolved {
  my ($host) = @_;
  return $host if packed_address($host, 0);
  my $found = gethostbyname $host;
  return defined $found && length $found == 4 ? join ".", unpack "C4", $found : undef;
}

sub start_connect {
  my ($packed) = @_;
  # Of a stream (1) that never waits (SOCK_NONBLOCK).
  socket my $socket, unpack("S", $packed), 1 | 2048, 0 or return (undef, $! + 0);
  return ($socket, connect($socket, $packed) ? 0 : $! + 0);
}

# SOL_SOCKET and SO_ERROR.
sub connect_error { return unpack "i", getsockopt($_[0], 1, 4) // pack "i", 9 }

sub connect_to {
  my ($at, $port, $seconds) = @_;
  my $packed = packed_address($at, $port) // packed_address(resolved($at) // "", $port) // return (undef, "its name does not resolve");
  my ($socket, $error) = start_connect($packed);
  # EAGAIN: a socket file whose queue is full.
  for (my $left = $seconds; $error == 11 && $left > 0; $left -= 0.02) {
    select undef, undef, undef, 0.02;
    ($socket, $error) = start_connect($packed);
  }
  if ($error == 115) {
    my $writes = "";
    vec($writes, fileno $socket, 1) = 1;
    # ETIMEDOUT
    $error = select(undef, $writes, undef, $seconds) > 0 ? connect_error($socket) : 110;
  }
  if ($error) { local $! = $error; return (undef, "$!") }
  # From here on it waits again: F_SETFL without flags.
  fcntl $socket, 4, 0;
  return $socket;
}

sub run_beside {
  my @command = @_;
  pipe my $its_in, my $in or return;
  pipe my $out, my $its_out or return;
  pipe my $err, my $its_err or return;
  # Closed by a program that starts.
  pipe my $why_not, my $its_why_not or return;
  my $pid = fork // return;
  if (!$pid) {
    open STDIN, "<&", $its_in;
    open STDOUT, ">&", $its_out;
    open STDERR, ">&", $its_err;
    { exec { $command[0] } @command }
    syswrite $its_why_not, pack "i", $!;
    exit 127;
  }
  close $its_why_not;
  if (sysread $why_not, my $number, 4) { waitpid $pid, 0; $! = unpack "i", $number; return }
  return ($in, $out, $err, $pid);
}

1;
