#!/bin/sh
# Which versions of Socket.IO are server and client?
#
# Server: package.json of what is installed, or the Python package. Client: the bundle that DebVisor serves or ships.
#
# Reads: packages below DebVisor's folder and Python's, the script that DebVisor serves.
# Prints: a line each: server or client, what, version, file; then === end.
# Needs: perl-base, openssl for TLS; no right (69 where openssl is missing or DebVisor does not answer in time, 77 where a socket file is closed).
# Arguments: home, port, tls, siteHost, listenAddress, socketioPath.

home=$1 port=$2 tls=$3 siteHost=$4 address=$5 socketioPath=$6
find "$home" -maxdepth 7 -path '*/node_modules/socket.io/package.json' 2>/dev/null | head -n 3 | while IFS= read -r file; do
  printf 'server\tsocket.io\t%s\t%s\n' "$(sed -n 's/^ *"version": *"\([^"]*\)".*/\1/p' "$file" | head -n 1)" "$file"
done
find "$home" /usr/lib/python3 /usr/local/lib -maxdepth 7 -iname 'python_socketio-*-info' 2>/dev/null | head -n 3 | while IFS= read -r file; do
  printf 'server\tpython-socketio\t%s\t%s\n' "$(basename "$file" | sed 's/^[Pp]ython_[Ss]ocket[Ii][Oo]-//; s/\.\(dist\|egg\)-info$//')" "$file"
done
find "$home" -maxdepth 7 \( -path '*/node_modules/socket.io-client/package.json' \) 2>/dev/null | grep -v '/node_modules/socket.io/' | head -n 2 | while IFS= read -r file; do
  printf 'client\tsocket.io-client\t%s\t%s\n' "$(sed -n 's/^ *"version": *"\([^"]*\)".*/\1/p' "$file" | head -n 1)" "$file"
done
find "$home" -maxdepth 7 -type f \( -name 'socket.io*.js' -o -name 'socket.io*.mjs' \) -not -path '*/node_modules/*' 2>/dev/null | head -n 3 | while IFS= read -r file; do
  version=$(head -c 400 -- "$file" | sed -n 's/.*Socket\.IO v\([0-9][0-9.]*\).*/\1/p' | head -n 1)
  [ -z "$version" ] || printf 'client\tbundle\t%s\t%s\n' "$version" "$file"
done
perl ./versions.pl "$port" "$tls" "$siteHost" "$address" "$socketioPath" || exit
echo '=== end'
