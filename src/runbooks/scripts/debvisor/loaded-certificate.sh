#!/bin/sh
# Which certificate does a service show?
#
# Reads: TLS to the address and port, without this host's authorities: who verifies it is not asked here.
# Prints: key=value lines: tail (the last 48 characters of it), subject, left (seconds until it ends).
# Needs: openssl (127 without it; 69 where no certificate is shown); no right.
# Arguments: shownAt, shownPort.

command -v openssl >/dev/null || exit 127
said=$(timeout 5 openssl s_client -connect "$1:$2" -no-CAfile -no-CApath </dev/null 2>/dev/null)
body=${said#*-----BEGIN CERTIFICATE-----} body=${body%%-----END*}
[ "$body" != "$said" ] || exit 69
printf 'tail=%s\n' "$(printf '%s' "$body" | tr -d '[:space:]' | tail -c 48)"
text=$(printf '%s\n' "$said" | openssl x509 -noout -subject -enddate)
printf '%s\n' "$text" | sed -n 's/^subject= */subject=/p'
ends=$(date -d "$(printf '%s\n' "$text" | sed -n 's/^notAfter=//p')" +%s) || exit 69
printf 'left=%s\n' "$((ends - $(date +%s)))"
