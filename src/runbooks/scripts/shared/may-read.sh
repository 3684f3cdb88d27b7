#!/bin/sh
# Functions for a look that the login may not be allowed to take. Another script has them by `. ../shared/may-read.sh`.
#
# closed PATH: it may not be read, or it lies behind a folder that may not be passed, so that nobody can say that it is
#   not there.
# refuse WHAT: says so and ends the script with 77; the probe's grant is the remedy then.
# journal_closed: the login may not read the system journal, or there is none.

closed() {
  at=$1
  until [ -e "$at" ]; do
    case ${at%/*} in "$at") at=. ;; '') at=/ ;; *) at=${at%/*} ;; esac
  done
  if [ "$at" = "$1" ]; then [ ! -r "$at" ]; else [ -d "$at" ] && [ ! -x "$at" ]; fi
}
refuse() { echo "this login may not read $1" >&2; exit 77; }
journal_closed() {
  ! journal_open || return 1
  case $(journalctl -n 0 2>&1 >/dev/null) in
    *'not seeing messages'* | *'insufficient permissions'* | *'No journal files'*) ;;
    *) return 1 ;;
  esac
}
# Where all its files can be read there is no need to ask journalctl, which takes 8 ms of CPU.
journal_open() {
  case $(command -v journalctl) in /usr/bin/journalctl | /bin/journalctl) ;; *) return 1 ;; esac
  flags=$- some=no
  set +f
  for at in /var/log/journal /run/log/journal /var/log/journal/* /run/log/journal/*; do
    [ -d "$at" ] || continue
    if [ -r "$at" ] && [ -x "$at" ]; then
      for each in "$at"/*.journal; do
        [ -e "$each" ] || continue
        if [ -r "$each" ]; then [ $some = no ] && some=yes; else some=closed; fi
      done
    else some=closed; fi
  done
  case $flags in *f*) set -f ;; esac
  [ $some = yes ]
}
