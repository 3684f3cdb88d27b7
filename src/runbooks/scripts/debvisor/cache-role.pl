#!/usr/bin/perl
# Is the cache a replica that takes no writes?
#
# Reads: INFO replication of Redis or Valkey, over TCP and without a password.
# Prints: key=value lines: role (master, slave; empty where it wants a password or does not answer), master (HOST:PORT that it copies), link (up or
#   down), said (what it answered instead); then === end.
# Needs: no right.
# Arguments: host, port.

use strict;
use warnings;
require "../shared/sockets.pl";
my ($host, $port) = @ARGV;
my $got = "";
my ($to) = connect_to($host, $port, 2);
if ($to) {
  eval {
    local $SIG{ALRM} = sub { die };
    local $SIG{PIPE} = "IGNORE";
    alarm 2;
    syswrite $to, "INFO replication\r\n";
    while (length $got < 4096 && sysread $to, my $more, 2048) { $got .= $more; last if $got =~ /^-/ || $got =~ /^\$(\d+)\r\n/ && length $got >= $1 }
    alarm 0;
  };
  alarm 0;
}
my %told = $got =~ /^(role|master_host|master_port|master_link_status):([\w.:-]+)\r?$/mg;
printf "role=%s\nmaster=%s\nlink=%s\nsaid=%s\n=== end\n", $told{role} // "", defined $told{master_host} ? "$told{master_host}:" . ($told{master_port} // "") : "",
  $told{master_link_status} // "", $told{role} ? "" : substr $got =~ s/[^ -~].*//sr, 0, 100;
