#!/bin/sh
# Does nginx send all that a client needs to verify its certificate?
#
# A client knows roots. What stands between a root and the certificate has to be sent along; browsers may have it from elsewhere, programs have not.
#
# Reads: TLS to 127.0.0.1:443, this host's own authorities; the certificates that lie beside nginx's and in the platform's folders, where the issuer is none of
#   those.
# Prints: key=value lines: code (that of openssl: 0 verified, 18 signed by itself, 20 and 21 an issuer is missing; -1: it came with one), sent (how many), subject, issuer (of the last one
#   that was sent), found (a file with that issuer), kind (root: it has signed itself, intermediate),
#   relative (a root of the same organisation), file (what ssl_certificate names), tail (the last 48 characters of the
#   certificate itself), left (seconds until it ends).
# Needs: openssl (127 without it; 69 where nothing is served); no right. What it may not read is not found.
# Arguments: siteHost, nginxFile.

host=$1 folder=$(dirname -- "$2")
command -v openssl >/dev/null || exit 127
asked() { timeout 5 openssl s_client -connect 127.0.0.1:443 -servername "$host" "$@" </dev/null 2>/dev/null; }
# Without this host's authorities, which take most of the processor's time to load. One that comes with an issuer comes with all of them.
said=$(asked -no-CAfile -no-CApath)
chain=$(printf '%s\n' "$said" | sed -n '/^Certificate chain/,/^---/p')
[ -n "$chain" ] || exit 69
subject=$(printf '%s\n' "$chain" | sed -n 's/^ 0 s: *//p')
issuer=$(printf '%s\n' "$chain" | sed -n 's/^ *i: *//p' | tail -n 1)
sent=$(printf '%s\n' "$chain" | grep -c '^ *[0-9]* s:')
code=-1
if [ "$sent" = 1 ]; then
  code=18
  [ "$subject" = "$issuer" ] || code=$(asked | sed -n 's/^ *Verify return code: \([0-9]*\).*/\1/p' | head -n 1)
fi
printf 'code=%s\nsent=%s\nsubject=%s\nissuer=%s\n' "$code" "$sent" "$subject" "$issuer"
body=${said#*-----BEGIN CERTIFICATE-----} body=${body%%-----END*}
[ "$body" = "$said" ] || printf 'tail=%s\n' "$(printf '%s' "$body" | tr -d '[:space:]' | tail -c 48)"
until=$(printf '%s\n' "$chain" | sed -n 's/.*NotAfter: *//p' | head -n 1)
[ -n "$until" ] || until=$(printf '%s\n' "$said" | openssl x509 -noout -enddate 2>/dev/null | sed 's/^notAfter=//')
ends=$(date -d "$until" +%s 2>/dev/null) && [ -n "$until" ] && printf 'left=%s\n' "$((ends - $(date +%s)))"
case $code in 20 | 21) ;; *) exit 0 ;; esac
files=$(cat "$folder"/nginx.conf "$folder"/conf.d/*.conf "$folder"/sites-enabled/* 2>/dev/null |
  sed -n "s/^[^#]*ssl_certificate[[:space:]]\{1,\}[\"']\{0,1\}\(\/[^;\"'\$[:space:]]*\).*/\1/p" | sort -u | head -n 6)
served=$(printf '%s\n' "$said" | openssl x509 -noout -fingerprint 2>/dev/null)
file=$(printf '%s\n' "$files" | head -n 1)
printf '%s\n' "$files" | while IFS= read -r each; do
  [ -r "$each" ] && [ "$(openssl x509 -noout -fingerprint -in "$each" 2>/dev/null)" = "$served" ] && printf 'file=%s\n' "$each"
done | head -n 1
printf 'file=%s\n' "$file"
near=$(for each in $files; do dirname -- "$each"; dirname -- "$(dirname -- "$each")"; done | sort -u)
set -f
organisation() { printf '%s\n' "$1" | sed -n 's/^\(.*, *\)\{0,1\}O *= *\([^,]*\).*/\2/p'; }
# A word is a folder; a path of nginx with spaces is not looked beside.
# shellcheck disable=SC2086
find $near /etc/debvisor /etc/ssl/private /usr/local/share/ca-certificates -xdev -maxdepth 2 -type f \( -name '*.crt' -o -name '*.pem' -o -name '*.cer' \) 2>/dev/null |
  sort -u | head -n 40 | while IFS= read -r each; do
  is=$(openssl x509 -noout -subject -issuer -in "$each" 2>/dev/null) || continue
  own=$(printf '%s\n' "$is" | sed -n 's/^subject= *//p') by=$(printf '%s\n' "$is" | sed -n 's/^issuer= *//p')
  if [ "$own" = "$issuer" ]; then
    kind=intermediate
    [ "$own" != "$by" ] || kind=root
    printf 'found=%s\nkind=%s\n' "$each" "$kind"
  elif [ "$own" = "$by" ] && [ -n "$(organisation "$own")" ] && [ "$(organisation "$own")" = "$(organisation "$issuer")" ]; then
    printf 'relative=%s\n' "$each"
  fi
done | sort -u | head -n 8
exit 0
