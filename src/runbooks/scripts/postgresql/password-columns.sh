#!/bin/sh
# Is a column for hashes of passwords too short for what the program writes there?
#
# No row is read: the catalogue says how many characters a column takes, the program's code which library makes the hashes.
#
# Reads: pg_attribute; Python files of the program, four levels deep.
# Prints: CSV: table, column, most characters, the file that names the library (-: none); then === end.
# Needs: psql; a role (69 where nobody listens).
# Arguments: pgPort, pgDatabase, psqlHost, home.

pgPort=$1 pgDatabase=$2 psqlHost=$3 home=$4
. ./psql.sh
columns=$(ask "$@" -p "$pgPort" -d "$pgDatabase" -X -w -q --csv -t -c "
  select regexp_replace(c.oid::regclass::text, '^public[.]', ''), a.attname, a.atttypmod - 4
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema') and a.attnum > 0 and not a.attisdropped
    and a.atttypid in ('varchar'::regtype, 'bpchar'::regtype) and a.atttypmod > 4
    and a.attname ~* '^(user_?)?(pass(word|wd)?|pwd|pw)(_?(hash|digest|hashed))?$|^hashed_pass(word)?$' limit 20") || exit
library=$(find "$home" -xdev -maxdepth 4 -type f -name '*.py' -size -512k -exec grep -lE '^ *(from|import) +(werkzeug\.security|argon2|django\.contrib\.auth\.hashers)\b' {} + 2>/dev/null | grep '^[A-Za-z0-9_./@+-]*$' | head -n 1)
[ -z "$columns" ] || printf '%s\n' "$columns" | while IFS= read -r each; do printf '%s,%s\n' "$each" "${library:--}"; done
echo '=== end'
