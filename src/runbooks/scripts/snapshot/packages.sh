#!/bin/sh
# Which files are not as in their packages?
#
# Facts for a snapshot, one a line: `file`, with its package, whether people are meant to edit it (conffile), and what
# became of it. Of packages named after nginx, PostgreSQL or DebVisor, and of those that own the programs and the files
# of their units. Without what is left out where there is little room: documentation, manuals, translations. dpkg gets
# 3 seconds; what it has said by then counts.
#
# Reads: systemctl, dpkg-query, dpkg --verify, times of files.
# Prints: area, key, number (seconds since 1970 of the inode's change), check, value; then what was unseen, and end.
# Needs: dpkg, perl-base; no right: what it may not read it says.
# Arguments: unit.

export LC_ALL=C
perl ./packages.pl "$1" | perl ./facts.pl packages
