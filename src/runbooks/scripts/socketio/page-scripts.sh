#!/bin/sh
# Is there the script of Socket.IO that the dashboard's page names?
#
# The script that the dashboard's page names, asked for as a browser would.
#
# Reads: HTTP or TLS on 127.0.0.1.
# Prints: a line a script: path, status (0: none); then === end.
# Needs: perl-base, openssl for TLS; no right (69 where openssl is missing or the page does not come in time, 77 where a socket file is closed).
# Arguments: port, tls, siteHost, listenAddress.

port=$1 tls=$2 siteHost=$3 address=$4
perl ./page-scripts.pl "$port" "$tls" "$siteHost" "$address" || exit
echo '=== end'
