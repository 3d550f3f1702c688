-- What must exist before the first migration runs: extensions, the schema, and the search path of the database.
do $$
begin
    if current_setting('server_version_num')::integer < 170000 then
        raise exception 'PostgreSQL % is too old', current_setting('server_version')
            using errcode = 'feature_not_supported',
                  detail = 'Colloquy limits the length of its transactions by transaction_timeout.',
                  hint = 'Use PostgreSQL 17 or newer.';
    end if;
end
$$;
create extension if not exists timescaledb;
create extension if not exists "uuid-ossp" schema public;
create schema if not exists analytics;
comment on schema analytics is 'Colloquy: conversation analytics.';
create schema if not exists tenant;
comment on schema tenant is 'Colloquy: the rows of one store only, the one named by the setting colloquy.store_id of the transaction.';
do $$
begin
    if current_setting('search_path') not like 'analytics%' or not exists (
        select from pg_db_role_setting s
        where s.setdatabase = (select oid from pg_database where datname = current_database()) and s.setrole = 0
          and 'search_path=analytics, public' = any (s.setconfig)
    ) then
        execute format('alter database %I set search_path = analytics, public', current_database());
    end if;
end
$$;
set search_path = analytics, public;
