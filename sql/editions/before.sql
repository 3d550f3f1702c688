-- What must exist before the first migration runs: extensions, the search path of the database, the schemas and their owner.
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
do $$
begin
    -- "If not exists" would demand the right to create schemas even where there is nothing to create.
    if to_regnamespace('analytics') is null then
        create schema analytics;
    end if;
    if to_regnamespace('tenant') is null then
        create schema tenant;
    end if;
    -- What colloquy_owner owns stays its own, whoever migrates.
    perform set_config('role', 'colloquy_owner', false)
    from pg_namespace
    where nspname = 'analytics' and nspowner = to_regrole('colloquy_owner') and current_user <> 'colloquy_owner'
      and pg_has_role(current_user, nspowner, 'set');
end
$$;
comment on schema analytics is 'Colloquy: conversation analytics.';
comment on schema tenant is 'Colloquy: the rows of one store only, the one named by the setting colloquy.store_id of the transaction.';
set search_path = analytics, public;
