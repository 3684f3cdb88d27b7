#!/bin/sh
# Which files make this host what it is, and what do they say?
#
# Facts for a snapshot, one a line: `file` (owner, mode, kind, size, digest of what is in it, ACL, attributes) and
# `line` (each line of a configuration file that is no comment). A folder with many files is one fact, `all of FOLDER`.
# What matters is asked by its name too, for a folder may be passed that may not be listed. No line of a file with a
# private key or of a list of passwords, and of their content no more than three digits of a digest.
#
# Reads: configuration below /etc and /run/systemd, what nginx and the units name, the platform's folders.
# Prints: area, key, number (seconds since 1970 of the inode's change, or of the line in the file), check, value; then
#   what was unseen, and end.
# Needs: perl-base; no right: what it may not read it says.
# Arguments: configFile, envFile, home, data, errorLog, nginxFile, unit.

configFile=$1 envFile=$2 home=$3 data=$4 errorLog=$5 nginxFile=$6 unit=$7
export LC_ALL=C
{
  systemctl show "$unit" 'debvisor*' 'nginx*' 'postgresql*' 'pgbouncer*' 'redis*' --no-pager -p FragmentPath \
    -p DropInPaths -p EnvironmentFiles -p ExecStart -p WorkingDirectory 2>/dev/null ||
    echo 'Unseen=systemctl show failed'
} | perl ./files.pl "$configFile" "$envFile" "$home" "$data" "$errorLog" "$nginxFile" | perl ./facts.pl files file=32000
