#!/bin/sh
# Is there the script of Socket.IO that the dashboard's page names?
#
# The script that the dashboard's page names, asked for as a browser would.
#
# Reads: HTTP on 127.0.0.1.
# Prints: a line a script: path, status (0: none); then === end.
# Needs: perl-base; no right (69 where the page does not come in time).
# Arguments: port.

port=$1
perl ./page-scripts.pl "$port" || exit
echo '=== end'
