#!/usr/bin/perl
# How does this host resolve localhost, and with what?
#
# Reads: getent, nsswitch.conf, resolv.conf, the loopback interface.
# Prints: key=value lines: ms, localhost, order, servers, loopback (1: up), addresses.
# Needs: no right.

require "../shared/kernel.pl";
require "../shared/parts.pl";
sub lines_in { open my $in, "<", $_[0] or return; my @lines = <$in>; chomp @lines; return @lines }
my $began = elapsed();
my @found = map { /^(\S+)\s+STREAM\b/ ? $1 : () } lines_from(0, "getent", "ahosts", "localhost");
printf "ms=%d\nlocalhost=%s\n", 1000 * (elapsed() - $began), join ",", @found;
print "order=", (map { /^hosts:\s*(.*)/ ? $1 : () } lines_in("/etc/nsswitch.conf"))[0] // "", "\n";
print "servers=", join(",", map { /^nameserver\s*(.*)/ ? $1 : () } lines_in("/etc/resolv.conf")), "\n";
print "loopback=", hex((lines_in("/sys/class/net/lo/flags"))[0] // 0) & 1, "\n";
print "addresses=", join(",", map { (split " ")[3] // "" } lines_from(0, qw(ip -o addr show dev lo))), "\n";
