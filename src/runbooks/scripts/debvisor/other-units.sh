#!/bin/sh
# In what state are the platform's other units?
#
# Reads: systemctl show.
# Prints: systemd's own blocks of key=value lines.
# Needs: no right.
# Arguments: services (names with spaces between them).

set -f
# Names with spaces between them are words.
# shellcheck disable=SC2086
systemctl show --no-pager -p Id -p LoadState -p ActiveState -p SubState -p UnitFileState -p Result -p Type -p TriggeredBy \
  -p ExecMainCode -p ExecMainStatus -p NRestarts -p StateChangeTimestamp -p ConditionResult -- $1
