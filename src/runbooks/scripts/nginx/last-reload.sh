#!/bin/sh
# Was the configuration changed after nginx read it?
#
# Workers are started anew by every reload that succeeds: the youngest tells when the last one was. To the hundredth
# of a second, for people reload right after they save. Links and folders count: a site that is enabled changes its
# folder only; a file that was moved here keeps its time, but its inode's (%C@) is new.
#
# Reads: the files' times, /proc of nginx's workers.
# Prints: key=value lines in seconds ago: worker (the youngest began), changed; file.
# Needs: perl-base; no right.
# Arguments: nginxFile.

nginxFile=$1
folder=$(dirname -- "$nginxFile")
{ find -L "$folder" -maxdepth 3 -type f -printf '%T@ %C@ %p\n'; find "$folder" -maxdepth 3 -printf '%T@ %C@ %p\n'; } 2>/dev/null |
  perl ./last-reload.pl
