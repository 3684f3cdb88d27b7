#!/usr/bin/perl
# Who listens on which TCP port?
#
# ss names the control group of each socket without any right; process names only with root's.
#
# Reads: ss, or netstat where there is none.
# Prints: a line a socket in ss's words: protocol, state, queue, backlog, address, peer, about.
# Needs: ss or netstat (127 without both); names of processes take root.

require "../shared/parts.pl";
my %has = map { my $name = $_; $name => scalar grep { -x "$_/$name" } split /:/, $ENV{PATH} // "" } qw(ss netstat);
exit 127 unless $has{ss} || $has{netstat};
if ($has{ss}) {
  open my $from, "-|", qw(ss -ltnup -e -H) or exit 127;
  my @sockets = <$from>;
  close $from or exit($? >> 8 || 1);
  print grep { /^tcp/ } @sockets;
  exit;
}
# In the words of ss: whose process it is, and its control group, where the login may see them.
for (lines_from(0, qw(netstat -tulpn))) {
  my @field = split " ";
  next unless /^tcp/;
  my $about = $field[6] // "";
  if ($about =~ m{^([^/]*)/([^/:]*)}) {
    my ($pid, $name) = ($1, $2);
    $about = qq{users:(("$name",pid=$pid,fd=0))};
    if (open my $in, "<", "/proc/$pid/cgroup") { $about .= " cgroup:$_" for map { /^(?:0:|[0-9]+:name=systemd):(.*)/ ? $1 : () } <$in> }
  }
  print join(" ", "tcp LISTEN", @field[1 .. 4], $about), "\n";
}
