#!/bin/sh
# What is PostgreSQL made of: its settings, its roles, and what is in the platform's database?
#
# Facts for a snapshot, one a line, from one read-only transaction. A key is database.schema.object.part. Of functions
# and views a digest, of sequences the limits. Nothing that changes by itself: no statistics, sizes, ages, counters.
# Where there is much, what belongs to a table is one fact, `all of TABLE`; where there is very much, so are the tables
# of a schema, or of the database. What waits for a lock, or may not be read, is unseen.
#
# Reads: the catalogs of PostgreSQL 12 and later, pg_settings, pg_hba_file_rules.
# Prints: area, key, no number, check, value; then what was unseen, and end.
# Needs: psql; a role; perl-base. As a superuser it also sees pg_hba.conf, and that a password is another one.
# Arguments: pgPort, pgDatabase, psqlHost.

pgPort=$1 pgDatabase=$2 psqlHost=$3
export LC_ALL=C
# The error of a statement rolls back that statement only.
look() {
  ask "$@" -p "$pgPort" -d "$pgDatabase" -X -w -q -A -t -F '	' -v ON_ERROR_ROLLBACK=on -f - <<'SQL'
\set facts 'select area, translate(key, E''\\t\\n\\r'', ''   ''), '''', case when length(value) > 2000 '
\set facts :facts 'then left(value, 280) || ''... '' || left(md5(value), 12) '
\set facts :facts 'else translate(value, E''\\t\\n\\r'', ''   '') end from'
\set failed 'select ''unseen'', unnest(string_to_array(:''areas'', '' '')), '''', '
\set failed :failed ''': '' || left(translate(:''LAST_ERROR_MESSAGE'', E''\\t\\n\\r'', ''   ''), 150);'
\set secret '''(passw|passphrase|secret|token|credential|dsn|(api|access|signing|encryption|private)_?key)'''
-- Whoever may create functions in this database could have this session call theirs, as a superuser.
set search_path = pg_catalog;
select :SERVER_VERSION_NUM >= 150000 as "since15" \gset
begin read only;

-- What is set, before this session sets something. Not on which line: that changes with each line above it.
\set areas setting
:facts (
  select 'setting', name,
    case when name ~ '[.]' and name ~* :secret or name = 'ssl_passphrase_command'
      then '(hidden ' || left(md5(setting), 3) || ')' else current_setting(name) end
    || ' (' || coalesce(sourcefile, source) || ')'
    || case when pending_restart then ' pending restart' else '' end
  from pg_settings
  where (source not in ('default', 'client', 'session') or pending_restart or name = 'server_version')
    and name !~ '^(transaction_|is_superuser$|session_authorization$|role$)'
  union all
  select 'setting', name, reset_val from pg_settings where name = 'search_path'
  union all
  select 'setting', 'pg_is_in_recovery', pg_is_in_recovery()::text
  union all
  select 'setting', split_part(c, '=', 1) || coalesce(' for role ' || r.rolname, '')
      || coalesce(' in database ' || d.datname, ''),
    case when split_part(c, '=', 1) ~* :secret then '(hidden ' || left(md5(c), 3) || ')'
      else substr(c, strpos(c, '=') + 1) end
  from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole
    left join pg_database d on d.oid = s.setdatabase, unnest(s.setconfig) c
  order by 2) f(area, key, value);
\if :ERROR
:failed
\endif
-- What only pg_read_all_settings sees.
select 'unseen', 'setting', '', name || ': not for this login' from unnest('{config_file,data_directory,hba_file,
    ident_file,external_pid_file,unix_socket_directories,log_directory,log_filename,primary_conninfo,primary_slot_name,
    archive_cleanup_command,restore_command,recovery_end_command,shared_preload_libraries,session_preload_libraries,
    dynamic_library_path,local_preload_libraries,ssl_passphrase_command,krb_server_keyfile,listen_addresses}'::text[])
    with ordinality as n(name, at)
  where not pg_has_role('pg_read_all_settings', 'usage') and name not in (select name from pg_settings) order by at;

set local statement_timeout = 3000;
set local lock_timeout = 300;
set local timezone = 'UTC';
set local datestyle = 'ISO';
set local jit = off;

\set areas 'role database tablespace slot'
:facts (
  select 1, 'role', rolname, concat_ws(' ', case when rolcanlogin then 'login' else 'no login' end,
    case when rolsuper then 'superuser' end, case when rolcreaterole then 'createrole' end,
    case when rolcreatedb then 'createdb' end, case when rolreplication then 'replication' end,
    case when rolbypassrls then 'bypassrls' end, case when not rolinherit then 'noinherit' end,
    'connections ' || nullif(rolconnlimit, -1), 'until ' || (rolvaliduntil at time zone 'UTC'),
    'in ' || (select string_agg(g.rolname || case when to_jsonb(m) ->> 'inherit_option' = 'false' then ' noinherit'
        else '' end || case when m.admin_option then ' admin' else '' end, ', ' order by g.rolname)
      from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = r.oid))
  from pg_roles r where rolname !~ '^pg_'
  union all
  select 2, 'database', datname, concat_ws(' ', 'owner', pg_get_userbyid(datdba), pg_encoding_to_char(encoding),
    datcollate, datctype, 'provider ' || (to_jsonb(d) ->> 'datlocprovider'),
    'collation version ' || (to_jsonb(d) ->> 'datcollversion'), case when not datallowconn then 'no connections' end,
    'connections ' || nullif(datconnlimit, -1), case when datistemplate then 'template' end)
  from pg_database d
  union all
  select 3, 'grant', 'database ' || datname, (select string_agg(a::text, ', ' order by a::text) from unnest(datacl) a)
  from pg_database where datacl is not null
  union all
  select 4, 'tablespace', spcname, concat_ws(' ', 'owner', pg_get_userbyid(spcowner), pg_tablespace_location(oid),
    array_to_string(spcoptions, ' '), array_to_string(spcacl, ' '))
  from pg_tablespace
  union all
  select 5, 'slot', slot_name, concat_ws(' ', slot_type, plugin, database)
  from pg_replication_slots where not temporary and slot_name !~ '^pg_[0-9]+_sync_'
  order by 1, 3) f(rank, area, key, value);
\if :ERROR
:failed
\endif
\if :since15
\set areas database
:facts (select 'database', datname || ' collation', datcollversion || ', but the system has '
      || pg_database_collation_actual_version(oid)
  from pg_database where datcollversion <> pg_database_collation_actual_version(oid) order by 2) f(area, key, value);
\if :ERROR
:failed
\endif
\endif

-- A scram password has a salt: its digest tells that it is another one, and nothing of what it is.
select has_column_privilege('pg_authid', 'rolpassword', 'select') as passwords \gset
\if :passwords
select 'role', translate(rolname, E'\t\n\r', '   ') || ' password', '',
  coalesce(substring(rolpassword from '^(SCRAM-SHA-256|md5)') || ' ' || left(md5(rolpassword), 3), 'none')
from pg_authid where rolcanlogin order by rolname;
\else
select 'unseen', 'role', '', translate(rolname, E'\t\n\r', '   ') || ' password: not for this login'
from pg_roles where rolcanlogin order by rolname limit 20;
\endif

-- Asked first, for what is refused stands in the log of the server as an error.
-- The order counts, but a rule does not change with each one above it.
select (has_table_privilege('pg_hba_file_rules', 'select')
  and has_function_privilege('pg_hba_file_rules()', 'execute'))::text as rules \gset
\if :rules
\set areas hba
:facts (
  with rule as (
    select coalesce((to_jsonb(r) ->> 'rule_number')::int, line_number) as at, line_number, error,
      concat_ws(' ', type, array_to_string(database, ','), array_to_string(user_name, ','), address, netmask) as key,
      concat_ws(' ', auth_method, array_to_string(options, ' ')) as value
    from pg_hba_file_rules r)
  select 'hba', concat_ws(' ', key, nullif(row_number() over (partition by key order by at), 1)), value
  from (select * from rule where error is null order by at limit 100) r
  union all select 'hba', 'error', string_agg('line ' || line_number || ': ' || error, '; ' order by line_number)
    from rule where error is not null having count(*) > 0
  union all select 'hba', 'order', left(md5(string_agg(key, '; ' order by at)), 12) from rule
  ) f(area, key, value);
\if :ERROR
:failed
\endif
\else
select 'unseen', 'hba', '', ': not for this login';
\endif

-- How much there is.
\set areas 'schema extension table column index constraint trigger policy rule function sequence type grant '
\set areas :areas 'publication subscription'
\set own 'nspname !~ ''^(pg_|_timescaledb)'' and nspname <> ''information_schema'''
\set member 'select from pg_depend e where e.deptype = ''e'' and e.objid = o.oid and e.classid ='
select count(*) filter (where not relispartition) as tables, count(*) filter (where relispartition) as partitions,
  coalesce(sum(relnatts + 2) filter (where not relispartition), 0) as parts
from pg_class o join pg_namespace n on n.oid = relnamespace
where relkind in ('r', 'p', 'f', 'v', 'm') and :own \gset
select count(*) as functions from pg_proc o join pg_namespace n on n.oid = pronamespace
where :own and not exists (:member 'pg_proc'::regclass) \gset
select (:parts <= 420)::text as every, (:tables <= 250)::text as each, (:tables <= 2000)::text as deep,
  (:partitions <= 40)::text as bounds, (:functions <= 100)::text as named,
  case when (select count(*) from pg_namespace where :own) <= 30 then '||''.''||nspname' else '' end as of_schema \gset

:facts (
  select 1, 'extension', current_database() || '.' || extname, extversion || ' in ' || extnamespace::regnamespace
  from pg_extension
  union all
  select 2, 'schema', current_database() || '.' || nspname, 'owner ' || pg_get_userbyid(nspowner)
  from pg_namespace where :own
  union all
  select 3, 'grant', current_database() || '.' || nspname,
    (select string_agg(a::text, ', ' order by a::text) from unnest(nspacl) a)
  from pg_namespace where :own and nspacl is not null
  union all
  select 4, 'grant', concat_ws(' ', current_database(), 'by default for', defaclobjtype, 'of',
      pg_get_userbyid(defaclrole), 'in ' || nullif(defaclnamespace, 0)::regnamespace),
    (select string_agg(a::text, ', ' order by a::text) from unnest(defaclacl) a)
  from pg_default_acl
  union all
  select 5, 'trigger', current_database() || '.' || evtname, concat_ws(' ', 'event trigger on', evtevent,
    array_to_string(evttags, ','), evtfoid::regproc, 'enabled ' || evtenabled::text)
  from pg_event_trigger
  union all
  select 6, 'publication', current_database() || '.' || pubname, concat_ws(' ', 'owner', pg_get_userbyid(pubowner),
    case when puballtables then 'all tables' end, case when pubinsert then 'insert' end,
    case when pubupdate then 'update' end, case when pubdelete then 'delete' end,
    case when pubtruncate then 'truncate' end, (select string_agg(prrelid::regclass::text, ', ' order by
      prrelid::regclass::text) from pg_publication_rel where prpubid = p.oid))
  from pg_publication p
  union all
  select 7, 'subscription', current_database() || '.' || subname, concat_ws(' ', 'owner', pg_get_userbyid(subowner),
    case when subenabled then 'enabled' else 'disabled' end, 'slot ' || subslotname,
    'of ' || array_to_string(subpublications, ','))
  from pg_subscription where subdbid = (select oid from pg_database where datname = current_database())
  order by 1, 3) f(rank, area, key, value);
\if :ERROR
:failed
\endif

\set areas 'table column index constraint trigger policy rule grant'
:facts (
  -- To tell an expression, PostgreSQL opens its table, and so waits for whoever has it, or waits for it, for itself.
  with held as materialized (
    select relation from pg_locks l join pg_database d on d.oid = l.database and d.datname = current_database()
    where mode = 'AccessExclusiveLock' and relation is not null),
  relation as materialized (
    select o.*, n.nspname, current_database() || '.' || nspname || '.' || relname as key, o.oid in (select * from held)
      as held, not :every or relispartition as folded
    from pg_class o join pg_namespace n on n.oid = relnamespace
    where relkind in ('r', 'p', 'f', 'v', 'm') and :own and not exists (:member 'pg_class'::regclass)),
  open as (select * from relation where :deep and not held and (not relispartition or :bounds)),
  part as (
    select 2 as rank, open.oid as relid, 'column' as area, key || '.' || attname as key, concat_ws(' ',
      format_type(atttypid, atttypmod), case when attnotnull then 'not null' end,
      case when attgenerated = '' then 'default ' else 'generated ' end || pg_get_expr(adbin, adrelid),
      case attidentity when 'a' then 'identity always' when 'd' then 'identity by default' end,
      'collate ' || (select collname from pg_collation co where co.oid = attcollation and collname <> 'default'),
      array_to_string(attoptions, ' ')) as value
    from open join pg_attribute on attrelid = open.oid and attnum > 0 and not attisdropped
      and relkind in ('r', 'p', 'f')
      left join pg_attrdef on adrelid = attrelid and adnum = attnum
    union all
    select 3, open.oid, 'index', key || '.' || i.relname, concat_ws(' ', pg_get_indexdef(i.oid),
      case when not (indisvalid and indisready) then '(invalid)' end, case when indisclustered then '(clustered)' end)
    from open join pg_index on indrelid = open.oid join pg_class i on i.oid = indexrelid
    where not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x'))
    union all
    select 4, open.oid, 'constraint', key || '.' || conname, concat_ws(' ', pg_get_constraintdef(c.oid),
      case when not convalidated then '(not validated)' end,
      case when exists (select from pg_index where indexrelid = conindid and conrelid = indrelid and not
        (indisvalid and indisready)) then '(index invalid)' end,
      case when exists (select from pg_trigger where tgconstraint = c.oid and tgenabled = 'D')
        then '(its triggers are disabled)' end)
    from open join pg_constraint c on conrelid = open.oid and contype not in ('n', 't')
    union all
    select 5, open.oid, 'trigger', key || '.' || tgname, concat_ws(' ', pg_get_triggerdef(t.oid),
      case tgenabled when 'D' then '(disabled)' when 'R' then '(on replicas)' when 'A' then '(always)' end)
    from open join pg_trigger t on tgrelid = open.oid and not tgisinternal
    union all
    select 6, open.oid, 'policy', key || '.' || polname, concat_ws(' ',
      case when polpermissive then 'permissive' else 'restrictive' end, 'for ' || polcmd::text,
      'to ' || (select string_agg(case r when 0 then 'public' else pg_get_userbyid(r) end, ', ' order by
        case r when 0 then 'public' else pg_get_userbyid(r) end) from unnest(polroles) r),
      'using ' || pg_get_expr(polqual, polrelid), 'check ' || pg_get_expr(polwithcheck, polrelid))
    from open join pg_policy on polrelid = open.oid
    union all
    select 7, open.oid, 'rule', key || '.' || rulename, concat_ws(' ', 'enabled ' || ev_enabled::text,
      left(md5(ev_action::text || coalesce(ev_qual::text, '')), 12))
    from open join pg_rewrite on ev_class = open.oid and rulename <> '_RETURN'
    union all
    select 8, open.oid, 'grant', key || '.' || attname,
      (select string_agg(a::text, ', ' order by a::text) from unnest(attacl) a)
    from open join pg_attribute on attrelid = open.oid and attacl is not null and not attisdropped),
  said as (
    select oid, key, nspname, relkind, relispartition, folded, concat_ws(' ',
      case relkind when 'r' then 'table' when 'p' then 'partitioned table' when 'f' then 'foreign table' when 'v'
        then 'view' else 'materialized view' end, 'owner', pg_get_userbyid(relowner),
      case relpersistence when 'u' then 'unlogged' end, case when relrowsecurity then 'row security' end,
      case when relforcerowsecurity then 'forced' end, 'replica identity '
        || nullif(case when relkind in ('r', 'p') then relreplident::text end, 'd'),
      case when not relispopulated then 'not populated' end,
      (select spcname from pg_tablespace t where t.oid = reltablespace), array_to_string(reloptions, ' '),
      'definition ' || (select left(md5(ev_action::text), 12) from pg_rewrite where ev_class = relation.oid and
        rulename = '_RETURN')) as value,
      (select string_agg(a::text, ', ' order by a::text) from unnest(relacl) a) as grants,
      (select string_agg(inhparent::regclass::text, ', ' order by inhseqno) from pg_inherits where inhrelid = oid)
        as parents,
      case when relispartition and not held and :bounds then pg_get_expr(relpartbound, oid) end as bound
    from relation)
  select 1, 'table', key, concat_ws(' ', value, 'of ' || parents, bound) from said
  where :each and (not relispartition or :bounds)
  union all
  select 1, 'grant', key, grants from said where grants is not null and :each and (not relispartition or :bounds)
  -- Partitions come and go by themselves.
  union all
  select 1, 'table', 'partitions of ' || current_database() || '.' || parents, string_agg(distinct concat_ws(' ', value,
    grants), '; ')
  from said where relispartition and not :bounds group by parents
  union all
  select 9, 'table', 'all of ' || current_database() :of_schema, concat_ws(' ', count(*), 'tables',
    left(md5(string_agg(concat_ws(' ', key, value, parents, grants), ';' order by key)), 12))
  from said where not :each and not relispartition group by 3
  union all
  select rank, area, part.key, part.value from part join relation r on r.oid = relid where not folded
  union all
  select 9, 'table', 'all of ' || r.key, concat_ws(' ', count(*), 'parts', left(md5(string_agg(concat_ws(' ', p.area,
    p.key, p.value), ';' order by p.rank, p.key)), 12))
  from part p join relation r on r.oid = relid where folded and :each group by r.key
  union all
  select 9, area, 'all of ' || current_database() :of_schema, concat_ws(' ', count(*), left(md5(string_agg(
    p.key || ' ' || p.value, ';' order by p.key)), 12))
  from part p join relation r on r.oid = relid where not :each and not relispartition group by 2, 3
  union all
  select 10, 'unseen', area, case when area = 'table' then 'all of ' || key else key || '.' end
      || ': another session has locked it'
  from relation, unnest('{table,column,index,constraint,trigger,policy,rule,grant}'::text[]) area
  where held and not folded or held and area = 'table'
  order by 1, 2, 3) f(rank, area, key, value);
\if :ERROR
:failed
\endif
select 'unseen', area, '', names || ': told as a whole'
from unnest('{column,index,constraint,trigger,policy,rule,grant,table}'::text[]) area,
  unnest(array[current_database() || '.', 'all of ' || current_database()]) names
where not :every and (not :each or area <> 'grant' and (area <> 'table' or names like 'all of %'))
union all
select 'unseen', area, '', 'all of ' || current_database() || ': more than 2,000 tables'
from unnest('{column,index,constraint,trigger,policy,rule}'::text[]) area where not :deep;

\set areas 'function sequence type'
:facts (
  with code as (
    select current_database() || '.' || nspname || '.' || proname || '(' || pg_get_function_identity_arguments(o.oid)
        || ')' as key, nspname, proacl, concat_ws(' ', 'owner', pg_get_userbyid(proowner), 'security definer '
        || nullif(prosecdef, false), array_to_string(proconfig, ' '), left(md5((to_jsonb(o) - '{oid,proowner,proacl,
        proconfig,prosecdef}'::text[])::text), case when prosrc ~* :secret then 3 else 12 end)) as value
    from pg_proc o join pg_namespace n on n.oid = pronamespace
    where :own and not exists (:member 'pg_proc'::regclass))
  select 1, 'function', key, value from code where :named
  union all
  select 2, 'grant', key, (select string_agg(a::text, ', ' order by a::text) from unnest(proacl) a)
  from code where :named and proacl is not null
  union all
  select 1, 'function', 'all of ' || current_database() :of_schema, concat_ws(' ', count(*), left(md5(string_agg(
    concat_ws(' ', key, value, proacl), ';' order by key)), 12))
  from code where not :named group by 3
  union all
  select 3, 'sequence', current_database() || '.' || nspname || '.' || relname, concat_ws(' ', 'owner',
    pg_get_userbyid(relowner), format_type(seqtypid, null), 'from', seqmin, 'to', seqmax, 'by', seqincrement, 'cache',
    seqcache, case when seqcycle then 'cycle' end, array_to_string(relacl, ' '))
  from pg_sequence join pg_class o on o.oid = seqrelid join pg_namespace n on n.oid = relnamespace
  where :own and :each and not exists (:member 'pg_class'::regclass)
  union all
  select 4, 'type', current_database() || '.' || nspname || '.' || typname, concat_ws(' ', 'owner',
    pg_get_userbyid(typowner), (select string_agg(enumlabel, ', ' order by enumsortorder) from pg_enum
      where enumtypid = o.oid), 'domain over ' || format_type(nullif(typbasetype, 0), typtypmod),
    case when typnotnull then 'not null' end, 'default ' || typdefault)
  from pg_type o join pg_namespace n on n.oid = typnamespace
  where typtype in ('e', 'd') and :own and :each and not exists (:member 'pg_type'::regclass)
  union all
  select 4, 'constraint', current_database() || '.' || nspname || '.' || typname || '.' || conname,
    pg_get_constraintdef(c.oid)
  from pg_constraint c join pg_type o on o.oid = contypid join pg_namespace n on n.oid = typnamespace
  where :own and :each and contype <> 'n' and not exists (:member 'pg_type'::regclass)
  order by 1, 3) f(rank, area, key, value);
\if :ERROR
:failed
\endif
select 'unseen', 'function', '', names || ': told as a whole'
from unnest(array[current_database() || '.', 'all of ' || current_database()]) names where not :named
union all
select 'unseen', area, '', current_database() || '.: more than 250 tables'
from unnest('{sequence,type}'::text[]) area where not :each;
commit;

-- What is not set, without what this session had set. Last: the first to be left out.
:facts (
  select 'setting', name, current_setting(name) || ' (default)' from pg_settings
  where source = 'default' and not pending_restart and context <> 'internal' and boot_val <> ''
    and category !~ '^(Developer|Client Connection Defaults / (Locale|Other))'
    and name !~ '^(transaction_|is_superuser$|session_authorization$|role$)' order by name) f(area, key, value);
\echo end
SQL
}

{
  . ../postgresql/psql.sh
  # What a session sets as it begins would stand in pg_settings in place of what the server has.
  export PGOPTIONS=
  if [ "$psqlHost" = elsewhere ]; then look() { echo 'PostgreSQL is on another host' >&2; return 69; }; fi
  { why=$(look "$@" 2>&1 >&3); } 3>&1 || {
    why=$(printf '%s\n' "$why" | sed -n '/ERROR:/!{s/^psql: error: //;s/.* failed: //;p;q}' | cut -c 1-120)
    for area in setting role database tablespace slot hba extension schema table column index constraint trigger \
      policy rule function sequence type grant publication subscription; do
      printf 'unseen\t%s\t\t: %s\n' "$area" "$why"
    done
    echo end
  }
} | perl ./facts.pl database setting=24000 role=8000 database=4000 slot=2000 hba=8000 schema=4000 grant=12000
