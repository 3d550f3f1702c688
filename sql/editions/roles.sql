-- The roles of Colloquy, and what they own. Run by `colloquy roles apply` as an administrator: a superuser, or a role that may
-- create roles and owns the database. Printed with grants.sql by `colloquy roles print`, for an administrator to run by
-- psql in the database. Safe to repeat; nothing that is right already is touched. Sets no password.
do $$
declare
    missing record;
begin
    -- Roles are one for the cluster: another database may be creating them at the same time.
    for missing in
        select name, attributes
        from (values
            -- TimescaleDB starts no job of a role that may not log in. Nobody logs in without a password by it.
            ('colloquy_owner', 'login'), ('colloquy_writer', 'nologin'), ('colloquy_reader', 'nologin'),
            ('colloquy_tenant', 'nologin')) as wanted (name, attributes)
        where to_regrole(name) is null
    loop
        begin
            execute format('create role %I %s', missing.name, missing.attributes);
        exception when duplicate_object or unique_violation then
            null;
        end;
    end loop;
    if exists (select from pg_roles
               where rolname in ('colloquy_owner', 'colloquy_writer', 'colloquy_reader', 'colloquy_tenant')
                 and (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)) then
        raise exception 'a role of Colloquy has more rights than it must have'
            using errcode = 'invalid_grant_operation',
                  detail = 'One of colloquy_owner, colloquy_writer, colloquy_reader, colloquy_tenant is a superuser, may create roles or databases, replicate or bypass row security.',
                  hint = 'alter role … nosuperuser nocreaterole nocreatedb noreplication nobypassrls';
    end if;
    -- For queries of one store the server takes on colloquy_tenant.
    if not exists (select from pg_auth_members
                   where roleid = 'colloquy_tenant'::regrole and member = 'colloquy_writer'::regrole) then
        begin
            grant colloquy_tenant to colloquy_writer with inherit false, set true;
        exception when unique_violation then
            null;
        end;
    end if;
    -- Who is no superuser can give objects only to a role that it is a member of.
    if not pg_has_role(current_user, 'colloquy_owner', 'usage') or not pg_has_role(current_user, 'colloquy_owner', 'set') then
        execute format('grant colloquy_owner to %I with inherit true, set true', current_user);
    end if;
end
$$;

create extension if not exists timescaledb;
create extension if not exists "uuid-ossp" schema public;

-- The database: who may connect, the search path that every tool gets, and limits for each role. Limits that are set
-- already stay as they are.
do $$
declare
    change text;
begin
    for change in
        select format('grant connect on database %I to %I', current_database(), role)
        from (values ('colloquy_owner'), ('colloquy_writer'), ('colloquy_reader')) as r (role)
        where not exists (
            select from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
            where d.datname = current_database() and a.grantee = to_regrole(role) and a.privilege_type = 'CONNECT')
        union all
        select format('alter database %I set search_path = analytics, public', current_database())
        where not exists (
            select from pg_db_role_setting
            where setdatabase = (select oid from pg_database where datname = current_database()) and setrole = 0
              and 'search_path=analytics, public' = any (setconfig))
        union all
        select format('alter role %I in database %I set %I = %L', role, current_database(), name, value)
        from (values
            -- Migrations, imports and jobs take long; each of their transactions that stores events ends after 10 minutes.
            ('colloquy_owner', 'statement_timeout', '6h'), ('colloquy_owner', 'transaction_timeout', '6h'),
            ('colloquy_owner', 'work_mem', '64MB'),
            -- An export may run for an hour; every other statement of the server has a limit of its own.
            ('colloquy_writer', 'statement_timeout', '30s'), ('colloquy_writer', 'transaction_timeout', '65min'),
            ('colloquy_writer', 'work_mem', '32MB'),
            ('colloquy_reader', 'statement_timeout', '60s'), ('colloquy_reader', 'transaction_timeout', '5min'),
            ('colloquy_reader', 'idle_in_transaction_session_timeout', '60s'), ('colloquy_reader', 'work_mem', '32MB')
        ) as l (role, name, value)
        where not exists (
            select from pg_db_role_setting s, unnest(s.setconfig) as c (setting)
            where s.setdatabase = (select oid from pg_database where datname = current_database())
              and s.setrole = to_regrole(role) and split_part(setting, '=', 1) = name)
    loop
        execute change;
    end loop;
end
$$;

-- Everything of ours belongs to colloquy_owner.
do $$
declare
    change text;
    job record;
    new_job integer;
begin
    for change in
        select format('create schema %I authorization colloquy_owner', name)
        from (values ('analytics'), ('tenant')) as s (name)
        where to_regnamespace(name) is null
        union all
        select format('alter schema %I owner to colloquy_owner', nspname)
        from pg_namespace
        where nspname in ('analytics', 'tenant') and nspowner <> to_regrole('colloquy_owner')
    loop
        execute change;
    end loop;

    -- Chunks follow their hypertable, and what is behind a continuous aggregate follows it.
    for change in
        select format('alter %s %s owner to colloquy_owner',
                      case when exists (select from timescaledb_information.continuous_aggregates a
                                        where (a.view_schema, a.view_name) = (n.nspname, c.relname)) then 'materialized view'
                           else case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
                                               when 'f' then 'foreign table' when 'c' then 'type' else 'table' end
                      end, c.oid::regclass)
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('analytics', 'tenant') and c.relkind in ('r', 'p', 'v', 'm', 'f', 'c', 'S')
          and c.relowner <> to_regrole('colloquy_owner')
          -- Sequences of identity columns belong to their table.
          and not exists (select from pg_depend d
                          where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'i' and c.relkind = 'S')
        union all
        select format('alter routine %s owner to colloquy_owner', p.oid::regprocedure)
        from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace
        where n.nspname in ('analytics', 'tenant') and p.proowner <> to_regrole('colloquy_owner')
    loop
        execute change;
    end loop;

    -- TimescaleDB has no command that gives a job to somebody else.
    for job in
        select * from timescaledb_information.jobs j
        where j.proc_schema = 'analytics' and j.owner::oid <> to_regrole('colloquy_owner')
    loop
        perform public.delete_job(job.job_id);
        perform set_config('role', 'colloquy_owner', true);
        new_job := public.add_job(
            format('%I.%I', job.proc_schema, job.proc_name)::regproc, job.schedule_interval, job.config,
            job.initial_start, job.scheduled, fixed_schedule => job.fixed_schedule);
        perform public.alter_job(new_job, max_runtime => job.max_runtime, max_retries => job.max_retries,
                                 retry_period => job.retry_period);
        perform set_config('role', 'none', true);
    end loop;
end
$$;
