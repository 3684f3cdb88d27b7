#!/bin/sh
# Functions that keep what is printed of a log within bounds. Another script has them by `. ../shared/log-lines.sh`.
#
# shorten BYTES: cuts each line, but one in JSON only after 6000 bytes, for its exception stands at its end.
# newest BYTES: the last lines that fit.

shorten() {
  awk -v most="$1" '{
    at = index($0, "{")
    json = at > 0 && at < 160 && $0 ~ /"(message|msg|event)" ?:/
    print substr($0, 1, json ? 6000 : most)
  }'
}
newest() {
  awk -v most="$1" '
    { line[NR] = $0; size += length($0) + 1; while (size > most && first < NR) { first++; size -= length(line[first]) + 1; delete line[first] } }
    END { for (i = first + 1; i <= NR; i++) print line[i] }'
}
