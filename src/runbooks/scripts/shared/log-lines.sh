#!/bin/sh
# Functions that keep what is printed of a log within bounds. Another script has them by `. ../shared/log-lines.sh`.
#
# shorten BYTES: cuts each line; one in JSON that has more than 6000 bytes keeps its beginning and its end, where its exception stands.
# abridge: of lines in JSON with the same message the newest stays whole, and of the exceptions of the others the end is kept: what comes every two
#   seconds must not push out what came once.
# newest BYTES: the last lines that fit.

shorten() {
  awk -v most="$1" '{
    at = index($0, "{")
    json = at > 0 && at < 160 && $0 ~ /"(message|msg|event)" ?:/
    if (!json) print substr($0, 1, most)
    else if (length($0) <= 6000) print
    else {
      head = substr($0, 1, 1500); sub(/\\+[^\\]?$/, "", head)
      tail = substr($0, length($0) - 4400); sub(/^[^\\]*\\n/, "", tail)
      print head "\\n[...]\\n" tail
    }
  }'
}
abridge() {
  tac | awk '{
    at = index($0, "{")
    if (at > 0 && at < 160 && length($0) > 2000 && match($0, /"(message|msg|event)" ?: ?"/)) {
      said = substr($0, RSTART + RLENGTH, 80)
      head = substr($0, 1, 400)
      if (seen[said]++ && head ~ /"(exception|exc_info|traceback|stack_trace|stack)" ?: ?"/) {
        sub(/\\+[^\\]?$/, "", head)
        tail = substr($0, length($0) - 800); sub(/^[^\\]*\\n/, "", tail)
        print head "\\n[...]\\n" tail
        next
      }
    }
    print
  }' | tac
}
newest() {
  awk -v most="$1" '
    { line[NR] = $0; size += length($0) + 1; while (size > most && first < NR) { first++; size -= length(line[first]) + 1; delete line[first] } }
    END { for (i = first + 1; i <= NR; i++) print line[i] }'
}
