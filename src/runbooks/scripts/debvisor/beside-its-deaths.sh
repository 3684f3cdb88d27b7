#!/bin/sh
# What began right before DebVisor was killed, again and again?
#
# Units (timers) and cron's commands that began within two seconds before each of its last deaths.
#
# Reads: the journal of systemd and cron.
# Prints: a line a name: times, deaths, name.
# Needs: to read the system journal (77 where it may not).
# Arguments: unit.

. ../shared/may-read.sh
unit=$1
if journal_closed; then
  refuse 'the system journal, or there is none'
fi
id=$(systemctl show "$unit" -p Id --value) || exit
journalctl -q --since=-30min --no-pager -o short-unix _PID=1 + _COMM=cron | tail -n 3000 |
  unit=$id awk '
    # Not -v, which would make another name of one that is escaped, such as a\x2db.service.
    BEGIN { unit = ENVIRON["unit"] }
    { at = $1; text = $0; sub(/^[^ ]+ [^ ]+ /, "", text) }
    index(text, unit ": Main process exited, code=") { deaths++; for (name in seen) if (at - seen[name] <= 2) near[name]++; next }
    index(text, unit) { next }
    text ~ /: (Starting|Started|Finished) .*\.service|: [^ ]+\.service: (Deactivated|Succeeded)/ {
      name = text
      if (match(name, /[A-Za-z0-9@_.\\:-]+\.service/)) seen[substr(name, RSTART, RLENGTH)] = at
    }
    text ~ /CMD \(/ { name = text; sub(/.*CMD \(/, "cron: ", name); sub(/\)$/, "", name); seen[name] = at }
    END { for (name in near) printf "%d\t%d\t%s\n", near[name], deaths, name }' | sort -rn | head -n 5
exit 0
