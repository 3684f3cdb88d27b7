#!/bin/sh
# What holds PostgreSQL up without a session of its own?
#
# Any login of the database may read these views.
#
# Reads: settings, roles, prepared transactions, locks, slots, policies, rules, triggers, tables of one name, dead rows.
# Prints: CSV: kind, name, value, number; then === end.
# Needs: psql; a role.
# Arguments: pgPort, pgDatabase, psqlHost.

pgPort=$1 pgDatabase=$2 psqlHost=$3
. ./psql.sh
ask "$@" -p "$pgPort" -d "$pgDatabase" -X -w -q --csv -t -c "
  -- Compiling would take longer than it all (what the server has stays in reset_val).
  set jit = off;
  with own as materialized (
    select c.oid, regexp_replace(c.oid::regclass::text, '^public[.]', '') as name, reltuples,
      pg_stat_get_live_tuples(c.oid) as live, pg_stat_get_tuples_inserted(c.oid) as added,
      pg_stat_get_tuples_updated(c.oid) as changed, pg_stat_get_tuples_deleted(c.oid) as removed
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and n.nspname !~ '^(pg_|_timescaledb)' and n.nspname <> 'information_schema'
      and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass and e.objid = c.oid
        and e.deptype = 'e')),
  -- A rule without a condition (<>) that does nothing (CMD_NOTHING: 7, before PostgreSQL 15 6) instead, beside none that
  -- keeps the row elsewhere (CMD_UPDATE: 2, CMD_INSERT: 3).
  discarding_rule as (
    select own.oid, (array['UPDATE', 'INSERT', 'DELETE'])[r.ev_type::text::int - 1] as events,
      'rule ' || quote_ident(r.rulename) || ' does nothing instead' as what, 2 as sure
    from own join pg_rewrite r on r.ev_class = own.oid
    where r.is_instead and r.ev_enabled in ('O', 'A') and r.ev_type in ('2', '3', '4') and r.ev_qual::text = '<>'
      and r.ev_action::text ~ '^[(][{]QUERY :commandType [67] [^{]*:utilityStmt <>' and not exists (select from pg_rewrite o where o.ev_class = r.ev_class
        and o.ev_type = r.ev_type and o.ev_enabled in ('O', 'A') and o.ev_action::text ~ ':commandType [23] ')),
  -- A trigger before each row whose function, read without comments and literals, gives no row back and keeps it
  -- nowhere else. 2: each time, 1: whatever is in the row, by chance, time or user, 0: as its condition says. One that
  -- raises an error each time throws nothing away: whoever writes is told. (offset 0: each function is read once.)
  discarding_trigger as (
    select own.oid, concat_ws(', ', case when t.tgtype & 4 > 0 then 'INSERT' end, case when t.tgtype & 16 > 0 then
        'UPDATE' end, case when t.tgtype & 8 > 0 then 'DELETE' end) as events,
      'trigger ' || quote_ident(t.tgname) || ' calls ' || p.proname || '(), which returns NULL' as what,
      case when t.tgqual is null and coalesce(array_length(t.tgattr::int2[], 1), 0) = 0
          and not f.raises and (not f.returns_rows or not f.branches
            and substring(f.code from '\mreturn\s+(\w+)') = 'null') then 2
        -- What is drawn by chance for a column of the row decides nothing.
        when regexp_replace(f.code, '\mnew[.]\w+\s*:?=[^;]*;', '', 'g') ~ '\mrandom\M' or
          f.code ~ ('\mif\M((?!\m(then|new|old)\M).)*\m(gen_random_uuid|now|clock_timestamp|' ||
          'current_(user|timestamp|date|time|role)|session_user|extract|date_part|count|pg_backend_pid|nextval)\M' ||
          '((?!\m(then|new|old)\M).)*\mthen\M\s+return\s+null\M') then 1 else 0 end as sure
    from own join pg_trigger t on t.tgrelid = own.oid join pg_proc p on p.oid = t.tgfoid
      join pg_language l on l.oid = p.prolang and l.lanname = 'plpgsql',
      lateral (select lower(regexp_replace(p.prosrc, '--[^\n]*|/[*]([^*]|[*]+[^*/])*[*]+/|('')[^'']*''', '\2\2', 'g'))
        as code offset 0) c,
      lateral (select c.code, c.code ~ '\mreturn\s+(?!null\s*;)\S' as returns_rows,
        c.code ~ '\m(if|case|loop|while|for|exception\s+when)\M' as branches,
        c.code ~ '\m(raise\M\s*(?!\s|debug|log|info|notice|warning)|assert\s)' as raises) f
    where t.tgtype & 67 = 3 and t.tgenabled in ('O', 'A') and not t.tgisinternal
      and coalesce(to_jsonb(t) ->> 'tgparentid', '0') = '0' and f.code ~ '\mreturn\s+null\s*;'
      and (f.branches or not f.raises)
      and f.code !~ '\m(insert|update|merge|execute|perform|call|select)\M[^;]*\m(new|old)\M'
      and (f.returns_rows or f.code !~ '\m(insert|update|merge|execute|perform|call)\M' or f.code !~ '\m(new|old)\M')),
  discarding as (select * from discarding_rule union all select * from discarding_trigger),
  -- Tables and views that have a namesake in another schema.
  namesake as materialized (
    select * from (
      select c.oid, c.relname, c.relkind, c.relhassubclass, c.relpages, c.relnamespace, n.nspname,
        count(*) over (partition by c.relname) as times
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition and n.nspname !~ '^(pg_|_timescaledb)'
        and n.nspname <> 'information_schema' and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass
          and e.objid = c.oid and e.deptype = 'e')) every where times > 1),
  -- Who uses this database: its owner, and whoever has a session in it.
  here as materialized (
    select datdba as oid from pg_database where datname = current_database()
    union select usesysid from pg_stat_activity where datname = current_database() and usesysid is not null),
  -- The search path of each role, of which the closest setting counts ('Schemas'). It has none of its own here, for this
  -- session has another one.
  way as materialized (
    select r.oid, r.rolname, r.oid in (select oid from here) as is_here, p.value, n.oid as schema, n.nspname, s.place
    from pg_roles r, lateral (select coalesce((select substring(c from '=(.*)') from pg_db_role_setting d, unnest(d.setconfig) c
        where d.setrole in (0, r.oid) and d.setdatabase in (0, (select oid from pg_database where datname = current_database()))
          and c ~ '^search_path=' order by d.setrole = 0, d.setdatabase = 0 limit 1), chr(36) || 'user, public') as value) p,
      lateral regexp_split_to_table(replace(p.value, chr(34), ''), '\s*,\s*') with ordinality as s(name, place), pg_namespace n
    where r.rolcanlogin and n.nspname = case s.name when chr(36) || 'user' then r.rolname else s.name end and has_schema_privilege(r.oid, n.oid, 'usage')),
  found as (
    select w.rolname, w.is_here, w.place, n.* from way w join namesake n on n.relnamespace = w.schema),
  -- What goes by a name of PostgreSQL's own, with the same arguments. Extensions that do so are meant to.
  alike as materialized (
    select schema, quote_ident(nspname) || '.' || what as name, kind
    from (select o.pronamespace as schema, o.proname || '(' || oidvectortypes(o.proargtypes) || ')' as what, 'function' as kind,
        o.oid as object, 'pg_proc'::regclass as catalog
      from pg_proc o join pg_proc b on b.proname = o.proname and b.proargtypes = o.proargtypes
        and b.pronamespace = 'pg_catalog'::regnamespace where o.pronamespace <> b.pronamespace
      union all select o.oprnamespace, o.oprname || ' (' || format_type(o.oprleft, null) || ', ' || format_type(o.oprright, null) || ')',
        'operator', o.oid, 'pg_operator'::regclass
      from pg_operator o join pg_operator b on b.oprname = o.oprname and b.oprleft = o.oprleft and b.oprright = o.oprright
        and b.oprnamespace = 'pg_catalog'::regnamespace where o.oprnamespace <> b.oprnamespace
      union all select o.typnamespace, o.typname, 'type', o.oid, 'pg_type'::regclass
      from pg_type o join pg_type b on b.typname = o.typname and b.typnamespace = 'pg_catalog'::regnamespace
        where o.typnamespace <> b.typnamespace and o.typcategory <> 'A') every
      join pg_namespace n on n.oid = schema
    where nspname !~ '^(pg_|_timescaledb)' and nspname <> 'information_schema' and not exists (select from pg_depend e
      where e.classid = catalog and e.objid = object and e.deptype = 'e')),
  -- Tables with rows that plainly inherit from a table: whoever reads that one reads theirs, too, and keys hold for each alone.
  heir as materialized (
    select i.inhrelid, i.inhparent, regexp_replace(c.oid::regclass::text, '^public[.]', '') as name,
      regexp_replace(p.oid::regclass::text, '^public[.]', '') as parent, pg_stat_get_live_tuples(c.oid) as live
    from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
    where c.relkind = 'r' and p.relkind = 'r' and not c.relispartition and pg_stat_get_live_tuples(c.oid) > 0
      and pg_stat_get_live_tuples(p.oid) > 0 and p.oid in (select oid from own) order by live desc limit 5),
  -- How many of its first 100 rows have a primary key of the parent. No policy's function is called, and no lock waited for.
  shared as (
    select heir.*, key.columns, (select (xpath('//n/text()', query_to_xml(format('select count(*) as n from (select %s from only %s limit 100) c
          where exists (select from only %s p where (%s) = (%s))', key.columns, inhrelid::regclass, inhparent::regclass,
        key.of_parent, key.of_child), true, true, '')))[1]::text::bigint
      where plain and not exists (select from pg_locks where relation in (inhrelid, inhparent) and mode = 'AccessExclusiveLock')
        and (select bool_and(has_table_privilege(o.oid, 'select') and has_schema_privilege(o.relnamespace, 'usage') and not o.relrowsecurity)
          from pg_class o where o.oid in (inhrelid, inhparent))) as rows
    from heir left join lateral (select string_agg(quote_ident(attname), ', ' order by attnum) as columns,
        string_agg('p.' || quote_ident(attname), ', ' order by attnum) as of_parent,
        string_agg('c.' || quote_ident(attname), ', ' order by attnum) as of_child,
        bool_and(t.typnamespace = 'pg_catalog'::regnamespace) as plain
      from pg_index x join pg_attribute a on a.attrelid = x.indrelid and a.attnum = any(x.indkey) join pg_type t on t.oid = a.atttypid
      where x.indrelid = inhparent and x.indisprimary) key on true),
  -- After a crash all counters begin anew at one moment, as they did when the cluster was made, which is in its identifier.
  recovered as (
    select b.stats_reset as at from pg_stat_bgwriter b, pg_stat_archiver a, pg_control_system() c
    where b.stats_reset = a.stats_reset and b.stats_reset > to_timestamp(c.system_identifier >> 32) + interval '1 min')
  select 'setting', name, setting, 0 from pg_settings where setting <> '' and
    name in ('synchronous_standby_names', 'statement_timeout', 'work_mem', 'idle_in_transaction_session_timeout',
      'idle_session_timeout', 'lock_timeout', 'transaction_timeout')
  -- What is set so that it hurts, and where.
  union all (select 'reserved', current_setting('max_connections'), string_agg(name || ' = ' || setting || ' (' ||
      coalesce(sourcefile || ':' || sourceline, source) || ')', ', '), sum(setting::bigint)
    from pg_settings where name in ('superuser_reserved_connections', 'reserved_connections') and setting <> '0'
    having sum(setting::bigint) * 2 >= current_setting('max_connections')::bigint)
  union all select 'jit', name, setting || ' (' || coalesce(sourcefile || ':' || sourceline, source) || ')',
      setting::float8::bigint
    from pg_settings where name = 'jit_above_cost' and setting::float8 between 0 and 9999 and
      (select reset_val from pg_settings where name = 'jit') = 'on' and
      (select case when set_config('jit', 'on', true) = 'on' then pg_jit_available() end)
  -- Each kind has a limit of its own: many of one must not push out another, which would look like good news.
  union all (select 'role', coalesce(r.rolname, 'all roles') || ' in ' || coalesce(d.datname, 'all databases'), c, 0
    from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole
      left join pg_database d on d.oid = s.setdatabase, unnest(s.setconfig) c
    -- One with a dot in its name is an application's, and may be a secret (app.jwt_secret).
    where c !~ '^[^=]*[.]'
    order by s.setrole <> 0, d.datname = current_database() desc nulls last, r.oid in (select oid from here) desc, 2 limit 80)
  union all (select 'prepared', gid, 'of ' || owner || ' in ' || database,
      extract(epoch from now() - prepared)::bigint
    from pg_prepared_xacts order by prepared limit 20)
  union all (select 'held', regexp_replace(relation::regclass::text, '^public[.]', ''), mode, 0
    from pg_locks where pid is null and relation is not null order by 2 limit 40)
  union all (select 'slot', slot_name, case when active then 'active' else 'inactive' end, coalesce(pg_wal_lsn_diff(
    case when pg_is_in_recovery() then pg_last_wal_receive_lsn() else pg_current_wal_lsn() end, restart_lsn), 0)::bigint
    from pg_replication_slots order by 4 desc limit 20)
  -- Of the whole server, what changes what everybody reads; in this session by its files alone.
  union all select 'server', name, setting, 0 from pg_settings where source = 'configuration file' and (name =
    'extra_float_digits' and setting::int < 0 or name = 'default_transaction_isolation' and setting <> 'read committed')
  -- 1: the first one has no row, the hidden one has.
  union all (select 'shadow', f.relname, 'for ' || f.rolname || ': ' || f.nspname || '.' || f.relname || ' comes before ' ||
      g.nspname || '.' || g.relname, case when f.relkind = 'r' and not f.relhassubclass and f.relpages = 0 and
      pg_stat_get_live_tuples(f.oid) = 0 and (g.relpages > 0 or g.relhassubclass or pg_stat_get_live_tuples(g.oid) > 0)
      then 1 else 0 end
    from found f join found g on g.rolname = f.rolname and g.relname = f.relname and g.place > f.place
    where not exists (select from found e where e.rolname = f.rolname and e.relname = f.relname and e.place < f.place)
    order by f.is_here desc, 4 desc, 2 limit 20)
  -- 1: the search path of a role names its schema before pg_catalog, which is searched first where none names it.
  union all (select 'eclipse', a.name, 'for ' || w.rolname || ': the ' || a.kind || ' ' || a.name || ' comes before the built-in one (search_path ' ||
      left(w.value, 200) || ')', 1
    from alike a join way w using (schema) join way b on b.oid = w.oid and b.nspname = 'pg_catalog' and b.place > w.place
    order by w.is_here desc, 2 limit 20)
  union all (select 'eclipse', name, 'the ' || kind || ' ' || name || ' goes by the name of a built-in one', 0 from alike order by 2 limit 20)
  -- Tables for whose schema their owner, or whoever is here, has no right: to them there is no such relation.
  union all (select 'unusable', n.nspname, 'for ' || r.rolname || ': ' || left(string_agg(c.relname, ', ' order by c.relname), 1000), count(*)
    from pg_namespace n join pg_class c on c.relnamespace = n.oid and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      and not c.relispartition
      join pg_roles r on r.rolcanlogin and not r.rolsuper and (r.oid = c.relowner or r.oid in (select oid from here) and has_table_privilege(r.oid, c.oid, 'select'))
    where n.nspname !~ '^(pg_|_timescaledb)' and n.nspname <> 'information_schema' and r.rolname <> current_user
      and not has_schema_privilege(r.oid, n.oid, 'usage')
    group by n.nspname, r.rolname order by 4 desc, 2, 3 limit 20)
  -- -1: nobody let us count.
  union all select 'heir', name, 'inherits from ' || parent || ' and has ' || live || ' rows' || case when rows is not null then
      '; of the first 100, ' || rows || ' have the primary key (' || columns || ') of a row of ' || parent else '' end, coalesce(rows, -1)
    from shared
  -- How long ago a recovery emptied them; -1 where there was none.
  union all (select 'unlogged', name, added || ' rows were added since its counters began', coalesce((select
      extract(epoch from now() - at)::bigint from recovered), -1)
    from own join pg_class c using (oid) where c.relpersistence = 'u' order by 2 limit 10)
  -- Row level security, for the roles that it holds for: no superuser, no bypassrls, no owner unless it is forced. Rows are only shown by a policy that
  -- permits, is for the role and to read. Whoever may add rows by a policy and not read them has a table that is only to be written.
  union all (select 'policy', c.relname, 'for ' || r.rolname || ': ' || case when p.shows then '' when p.adds then 'may add rows and read none; '
      else 'no policy for it' || case when c.relowner = r.oid then ', the owner' else '' end || ', so no row; ' end || coalesce(p.told, 'there is none'),
      coalesce(s.n_live_tup, 0)
    from pg_class c
      join pg_roles r on r.rolcanlogin and not r.rolsuper and not r.rolbypassrls
        and has_table_privilege(r.oid, c.oid, 'select')
      cross join lateral (select left(string_agg(polname || ' ' || coalesce(qual, ''), '; ' order by polname), 400) as told,
        coalesce(bool_or(of_role and polpermissive and polcmd in ('*', 'r') and coalesce(qual, '') <> 'false'), false) as shows,
        coalesce(bool_or(of_role and polcmd = 'a'), false) as adds
        from (select *, pg_get_expr(polqual, polrelid) as qual, exists (select from unnest(polroles) o(oid)
          where case when o.oid = 0 then true else pg_has_role(r.oid, o.oid, 'usage') end) as of_role from pg_policy where polrelid = c.oid) every) p
      left join pg_stat_user_tables s on s.relid = c.oid
    where c.relrowsecurity and (c.relforcerowsecurity or c.relowner <> r.oid)
    order by r.oid in (select oid from here) desc, 4 desc, 2 limit 80)
  -- Whoever lets no row be changed or removed, and hardly any ever was, mostly wants it so: rows are only to be added.
  union all (select 'discard', name, events || ': ' || what || ' (counted: ' || added || ' added, ' || changed ||
      ' changed, ' || removed || ' removed)',
      case when events ~ 'INSERT' or events ~ 'UPDATE' and (changed * 10 > added or not exists (select from discarding o
          where o.oid = d.oid and o.events ~ 'DELETE')) or events ~ 'DELETE' and removed * 10 > added then sure else 0 end
    from discarding d join own using (oid) order by 4 desc, 2 limit 20)
  -- What grows without a word, each only where it does. WAL that is not archived, for the try after the last good one failed.
  union all select 'archive', last_failed_wal, coalesce(nullif(current_setting('archive_library', true), ''),
      substring(current_setting('archive_command') from '(?:^|\s)([\w./-]+)(?:\s|$)'), 'archive_command') || ' failed ' ||
      failed_count || ' times, the last time ' ||
      extract(epoch from now() - last_failed_time)::bigint || ' s ago; it worked last ' ||
      coalesce(to_char(last_archived_time, 'YYYY-MM-DD HH24:MI TZ'), 'never'),
      case when at ~ '^[0-9A-F]{24}' then pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint -
        ('x' || substr(at, 9, 8))::bit(32)::bigint * 4294967296 - ('x' || substr(at, 17, 8))::bit(32)::bigint * segment end
    from pg_stat_archiver, lateral (select coalesce(last_archived_wal, last_failed_wal) as at,
      (select setting::bigint from pg_settings where name = 'wal_segment_size') as segment) a
    where not pg_is_in_recovery() and current_setting('archive_mode') <> 'off'
      and last_failed_time > coalesce(last_archived_time, '-infinity') and last_failed_time > now() - interval '15 min'
  -- Ids are given for 2 ** 31, and refused 3 million before; the oldest table of this database beside it.
  union all (select 'wraparound', datname, kind || ' ids, in this database most of them in ' || coalesce((select
      c.oid::regclass::text from pg_class c where relkind in ('r', 'm', 't') and relfrozenxid <> '0'
      order by case kind when 'transaction' then age(relfrozenxid) else mxid_age(relminmxid) end desc limit 1), '?'), used
    from pg_database, lateral (values ('transaction', age(datfrozenxid)), ('multixact', mxid_age(datminmxid)))
      as f(kind, used) where used > 1500000000 order by used desc limit 2)
  union all (select 'unanalyzed', name, case when reltuples <= 0 then 'never analyzed' else 'analyzed when it had ' ||
      reltuples::bigint || ' rows' end || ', has ' || live || ' rows', live
    from own where live >= 50000 and live > 10 * reltuples order by live desc limit 5)
  -- Whoever only stores WAL (pg_receivewal, Barman) flushes a whole segment at once, and replays nothing: that is no lag.
  union all (select 'replica', coalesce(nullif(application_name, ''), host(client_addr), 'local'), state || ', behind by ' ||
      coalesce(pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)), '?'), extract(epoch from flush_lag)::bigint
    from pg_stat_replication where not pg_is_in_recovery() and replay_lsn is not null and flush_lag > interval '1 min' order by 4 desc limit 5)
  union all select 'standby', 'this server', 'has WAL that it did not apply, ' || pg_size_pretty(pg_wal_lsn_diff(
      pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())), extract(epoch from now() - pg_last_xact_replay_timestamp())::bigint
    where pg_is_in_recovery() and pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()
      and now() - pg_last_xact_replay_timestamp() > interval '2 min' and current_setting('recovery_min_apply_delay') = '0'
  union all (select 'checksum', coalesce(datname, 'shared objects'), (to_jsonb(s) ->> 'checksum_failures') || ' pages failed',
      extract(epoch from now() - (to_jsonb(s) ->> 'checksum_last_failure')::timestamptz)::bigint
    from pg_stat_database s where (to_jsonb(s) ->> 'checksum_failures')::bigint > 0
      and (to_jsonb(s) ->> 'checksum_last_failure')::timestamptz > now() - interval '7 days' limit 5)
  union all select 'small', name, setting || ' MB (' || coalesce(sourcefile || ':' || sourceline, source) || ')', setting::bigint
    from pg_settings where name = 'max_wal_size' and unit = 'MB' and setting::bigint < 512
  union all (select 'dead', schemaname || '.' || relname, n_live_tup::text, n_dead_tup from pg_stat_user_tables
    where n_dead_tup > 10000 and n_dead_tup > 10 * n_live_tup order by n_dead_tup desc limit 5)" || exit
echo '=== end'
