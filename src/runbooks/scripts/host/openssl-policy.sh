#!/bin/sh
# What do OpenSSL's own settings ask of keys, protocols and ciphers on this host?
#
# Reads: openssl.cnf of the host, and those that OPENSSL_CONF of the units names.
# Prints: a line a setting: name, value, file and line; then === end.
# Needs: to read them, as everybody may (77 where it may not).
# Arguments: units (names with spaces between them).

. ../shared/may-read.sh
set -f
files=/etc/ssl/openssl.cnf
for unit in $1; do
  files="$files $(systemctl show "$unit" -p Environment --value | tr ' ' '\n' | sed -n 's/^"\{0,1\}OPENSSL_CONF=\(\/[^"]*\).*/\1/p' | tail -n 1)"
done
for file in $files; do
  if closed "$file"; then refuse "$file"; fi
  [ -f "$file" ] || continue
  grep -nE '^[[:space:]]*(CipherString|Ciphersuites|MinProtocol|MaxProtocol|Groups|Curves|SignatureAlgorithms)[[:space:]]*=' "$file" | head -n 12 |
    while IFS=: read -r line text; do
      name=$(printf '%s' "${text%%=*}" | tr -d '[:space:]')
      value=$(printf '%s' "${text#*=}" | sed 's/#.*//; s/^[[:space:]]*//; s/[[:space:]]*$//' | cut -c1-120)
      printf '%s\t%s\t%s:%s\n' "$name" "$value" "$file" "$line"
    done
done
echo '=== end'
