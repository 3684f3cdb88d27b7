#!/usr/bin/perl
# Does the host drop connections or send segments again?
#
# Reads: /proc/net/netstat and snmp twice, a second apart.
# Prints: key=value lines: overflows, resent, sent, and each since boot as KEY_total.
# Needs: no right.

sub snap {
  my %n;
  for my $file ("/proc/net/netstat", "/proc/net/snmp") {
    open my $in, "<", $file or next;
    while (my $names = <$in>) {
      my @names = split " ", $names;
      my @values = split " ", scalar <$in>;
      @n{ map { "$names[0]$_" } @names[1 .. $#names] } = @values[1 .. $#values];
    }
  }
  return \%n;
}
select undef, undef, undef, 0.7;
my $before = snap();
select undef, undef, undef, 1;
my $after = snap();
my %as = (overflows => "TcpExt:ListenOverflows", resent => "Tcp:RetransSegs", sent => "Tcp:OutSegs");
for (sort keys %as) { printf "%s=%d\n%s_total=%d\n", $_, $after->{$as{$_}} - $before->{$as{$_}}, $_, $after->{$as{$_}} }
