#!/bin/sh
# What is nginx's configuration?
#
# As nginx -T prints it, read from the files: nginx itself wants root for that. Certificates' keys are not among them,
# and the tables of names and types that Debian ships are left out. One longer than a probe may keep is cut, and judged by
# nobody.
#
# Reads: nginx.conf and what it includes.
# Prints: each file below # configuration file NAME:.
# Needs: perl-base; to read all of them (77 where it may not, 127 without nginx).
# Arguments: nginxFile.

nginxFile=$1
if [ ! -e "$nginxFile" ]; then
  command -v nginx >/dev/null || exit 127
  echo 'no configuration file' >&2
  exit 77
fi
perl ./configuration.pl "$nginxFile"
