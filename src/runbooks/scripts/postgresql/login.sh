#!/bin/sh
# Can one log in with DebVisor's own credentials?
#
# What .env says wins over config.yaml, as it does in a program that reads its environment. psql's own settings
# (.pgpass, PG* variables, service files) are kept out.
#
# Reads: config.yaml and .env; a login with psql.
# Prints: login=ok or failed, as=, source=FILE:LINE, message=; never the password.
# Needs: psql (127 without it); to read those of the two files that are there, for the closed one may say something else,
#   and a password in them (77).
# Arguments: configFile, envFile, pgPort.

configFile=$1 envFile=$2 pgPort=$3
command -v psql >/dev/null || exit 127
perl ./login.pl "$configFile" "$envFile" "$pgPort"
