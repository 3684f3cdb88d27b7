#!/bin/sh
# How long is nginx's certificate valid?
#
# Reads: TLS to 127.0.0.1:443.
# Prints: notAfter=, subject= and left=SECONDS.
# Needs: openssl (77 where there is no certificate).
# Arguments: tlsHost.

host=$1
found=$(openssl s_client -connect 127.0.0.1:443 -servername "$host" </dev/null 2>/dev/null |
  openssl x509 -noout -enddate -subject 2>/dev/null) || exit 77
printf '%s\n' "$found"
end=$(printf '%s\n' "$found" | sed -n 's/^notAfter=//p')
printf 'left=%s\n' "$(( $(date -d "$end" +%s) - $(date +%s) ))"
