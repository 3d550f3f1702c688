-- Who may do what in schemas analytics and tenant: at the end of every `colloquy migrate`, and of `colloquy roles apply`.
-- Where the roles do not exist it only takes from the public the right to call functions. Whatever another migration
-- has made is covered; only what differs from the rules below is touched. Rights of other roles stay as they are.
--   colloquy_reader  reads every table and view of analytics but api_keys, dashboard_sessions and admin_actions, and
--                    calls the functions that only read (stable and immutable ones: PostgreSQL lets them change nothing)
--   colloquy_writer  reads all of analytics, writes the tables listed here, calls the functions, but no procedure
--   colloquy_tenant  reads the views of schema tenant and calls what only reads; has no right on a table
-- Procedures are jobs and work of the owner.
do $$
declare
    change text;
begin
    for change in
        select format('revoke execute on routine %s from public', p.oid::regprocedure)
        from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace
        where n.nspname in ('analytics', 'tenant')
          and exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) where grantee = 0)
    loop
        execute change;
    end loop;
    if to_regrole('colloquy_writer') is null or to_regrole('colloquy_reader') is null
       or to_regrole('colloquy_tenant') is null then
        return;
    end if;

    for change in
        with
        roles (role) as (
            values (to_regrole('colloquy_writer')), (to_regrole('colloquy_reader')), (to_regrole('colloquy_tenant'))
        ),
        -- What the server writes by statements of its own. Events, conversations and what is derived of them are
        -- written by functions with the rights of their owner.
        written (relation, privileges) as (
            values ('stores', 'INSERT,UPDATE'), ('roi_assumptions', 'INSERT,UPDATE'), ('api_keys', 'INSERT,UPDATE'),
                   ('conversation_quality_scores', 'INSERT,UPDATE'), ('content_gaps', 'INSERT,UPDATE'),
                   ('content_gap_changes', 'INSERT'), ('store_days', 'INSERT,DELETE'),
                   ('recalculations', 'INSERT,UPDATE'), ('dashboard_sessions', 'INSERT,DELETE')
        ),
        schemas as (select oid, nspname, nspowner, nspacl from pg_namespace where nspname in ('analytics', 'tenant')),
        relations as (
            select c.oid, c.relname, n.nspname, c.relacl, c.relowner
            from pg_class c
            join schemas n on n.oid = c.relnamespace
            where c.relkind in ('r', 'p', 'v', 'm', 'f')
        ),
        functions as (
            select p.oid, n.nspname, p.proacl, p.proowner, p.prokind <> 'p' as is_function,
                   p.prokind = 'f' and p.provolatile <> 'v' as only_reads
            from pg_proc p
            join schemas n on n.oid = p.pronamespace
        ),
        wanted (kind, object, role, privilege) as (
            select 'schema', quote_ident(nspname), role, 'USAGE'
            from schemas, roles
            where nspname = 'analytics' or role <> to_regrole('colloquy_reader')
            union all
            select 'table', oid::regclass::text, role, 'SELECT'
            from relations, roles
            where case when role = to_regrole('colloquy_writer') then nspname = 'analytics'
                       when role = to_regrole('colloquy_reader') then nspname = 'analytics' and relname not in ('api_keys', 'dashboard_sessions', 'admin_actions')
                       else nspname = 'tenant' end
            union all
            select 'table', oid::regclass::text, to_regrole('colloquy_writer'), privilege
            from relations
            join written on relation = relname
            cross join string_to_table(privileges, ',') as privilege
            where nspname = 'analytics'
            union all
            select 'routine', oid::regprocedure::text, role, 'EXECUTE'
            from functions, roles
            where case when role = to_regrole('colloquy_writer') then is_function
                       when role = to_regrole('colloquy_reader') then only_reads and nspname = 'analytics'
                       else only_reads end
        ),
        present (kind, object, role, privilege) as (
            select 'schema', quote_ident(nspname), a.grantee::regrole, a.privilege_type
            from schemas, aclexplode(nspacl) a
            union all
            select 'table', oid::regclass::text, a.grantee::regrole, a.privilege_type
            from relations, aclexplode(relacl) a
            union all
            select 'routine', oid::regprocedure::text, a.grantee::regrole, a.privilege_type
            from functions, aclexplode(proacl) a
        )
        select format('grant %s on %s %s to %s', privilege, kind, object, role)
        from (select * from wanted except select * from present) as missing
        union all
        select format('revoke %s on %s %s from %s', privilege, kind, object, role)
        from (select * from present where role in (select role from roles) except select * from wanted) as surplus
    loop
        execute change;
    end loop;
end
$$;
