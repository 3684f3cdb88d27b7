#!/bin/sh
# Functions for PostgreSQL's log, which is where PostgreSQL says that it is. A script has them by `. ./log-files.sh`.
#
# log_places PLACE PORT DATA JOURNAL: a line a file, the one written last at the end: kind, path, and the name that
#   PostgreSQL has in a syslog. From its configuration, the options that it was started with and what it said of its log;
#   from its settings where its files are closed. PLACE, a file or a folder, is read instead where it is not empty.
#   JOURNAL: yes where the journal can be read, which has what goes to syslog. 77 where a log may not be read.
# log_lines: what the files say that it is given, in plain lines. Only since the last start that succeeded: what was said
#   before is history.

ask_log_places() { perl ./log-places.pl "$@"; }
log_settings() {
  PGCONNECT_TIMEOUT=2 PGOPTIONS='-c statement_timeout=2000 -c search_path=pg_catalog' psql -p "$1" -d postgres -X -w -q -At -c "
    select name || '=' || setting from pg_settings where name in ('log_destination', 'logging_collector', 'log_directory',
      'log_filename', 'data_directory', 'syslog_ident')" 2>/dev/null
}
log_places() {
  ask_log_places "$@"
  case $? in
    0) return 0 ;;
    75) ask_log_places "$@" "$(log_settings "$2")" ;;
    77) return 77 ;;
    # Not 127, which would say that there is nothing to read, where Perl is missing.
    *) return 1 ;;
  esac
}
log_lines() { perl ./log-lines.pl; }
