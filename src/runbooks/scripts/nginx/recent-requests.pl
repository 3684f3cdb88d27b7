#!/usr/bin/perl
# Which requests of users have failed lately, and do they still?
#
# The access logs are those that the configuration names for the servers that lead to DebVisor, in the format that it
# gives them. Requests with the same method and path count together, numbers and ids in the path left out. A GET without
# a query that fails is asked again: through nginx, and at DebVisor's own port.
#
# Reads: nginx's configuration; the last 512 KB of each access log (of the eight that were written to last), and of the one before its rotation; HTTP or TLS to
#   nginx and to DebVisor (three paths at most).
# Prints: a line a path and class of failure (4xx, 401, 5xx, 499): method, path, log, foreign (yes: other sites share the
#   log), class, newest status, page (nginx: of nginx's own; too large: its page on large headers; other), how many failed, first and last of them in seconds ago,
#   answered well before, between and since, clients, with a referrer, of Socket.IO (EIO= in the query), example, again (statuses through nginx, -:
#   not asked), own (status at DebVisor's port, -1: not asked, 0: no answer); one of class slow a path whose answers took a second and more, with their median in ms as
#   status; one of class huge a path whose answers had 5 MB and more, with their median in MB; one of class large a path without a query whose newest three had 1 MB
#   and more, with the least of them in MB, and as `before` the least that it had before, in KB (0: not known); one of class served, the path that was last
#   answered well; then === end. Counts are of the last 15 minutes, those before of all that was read; before a 401 or 403 only those of the same clients count.
# Needs: perl-base, openssl for TLS; to read configuration and logs (77 where it may not, 65 where there is no log
#   or none of its lines is understood, 127 without nginx).
# Arguments: nginxFile, port, tls, listenAddress.

require "../shared/parts.pl";
require "../shared/ask-once.pl";
my ($main, $port, $tls, $address) = @ARGV;
$address = "127.0.0.1" if ($address // "") eq "";
exit 127 if !-e $main;
sub access_logs {
  package AccessLogs;
require "./access-logs.pl";
}
sub requests_in_logs {
  package RequestsInLogs;
require "./requests-in-logs.pl";
require "./requests-failed.pl";
}
my $logs = once("access logs of $main $port $address", sub { output_of(\&access_logs, "", $main, $port, $address) });
end_as_it_did() if !defined $logs;
print output_of(\&requests_in_logs, $logs, $port, "", $tls, $address);
end_as_it_did() if $?;
