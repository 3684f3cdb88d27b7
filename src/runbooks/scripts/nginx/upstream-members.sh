#!/bin/sh
# Which server of an upstream group, or of a mirror, cannot be reached?
#
# Reads: nginx's configuration, a TCP connection to each, the error log.
# Prints: a line a server: FILE:LINE, group (mirror PATH: what requests are copied to), server, backup, connect, age in seconds (-1: never), what the log says;
#   then === end.
# Needs: perl-base (127 without nginx); to read all of the configuration (77 where it may not).
# Arguments: nginxFile, nginxLog.

nginxFile=$1 nginxLog=$2
[ -e "$nginxFile" ] || exit 127
perl ./upstream-members.pl "$nginxFile" "$nginxLog"
