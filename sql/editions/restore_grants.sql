-- Gives back owners and rights to the views and functions that had to be dropped and were made anew: those of
-- save_grants.sql that are others now. A function with other parameters counts as the one that had its name. Run by
-- migrate, inside its transaction.
do $$
declare
    changed record;
    entry record;
begin
    for changed in
        with present as (
            select case when c.relkind = 'm' then 'materialized view' else 'view' end as is_a, 'table' as kind,
                   n.nspname as home, c.relname as name, null::text as arguments, null::name as column_name,
                   c.relowner as owner, c.relacl as acl
            from pg_class c
            join pg_namespace n on n.oid = c.relnamespace
            where n.nspname in ('analytics', 'tenant') and c.relkind in ('v', 'm')
            union all
            select 'column', 'column', n.nspname, c.relname, null, a.attname, c.relowner, a.attacl
            from pg_class c
            join pg_namespace n on n.oid = c.relnamespace
            join pg_attribute a on a.attrelid = c.oid
            where n.nspname in ('analytics', 'tenant') and c.relkind in ('v', 'm') and a.attnum > 0
              and not a.attisdropped
            union all
            select 'routine', 'routine', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid), null,
                   p.proowner, p.proacl
            from pg_proc p
            join pg_namespace n on n.oid = p.pronamespace
            where n.nspname in ('analytics', 'tenant')
        )
        select p.is_a, p.kind, p.owner as present_owner, p.acl as present_acl, k.owner, k.acl,
               format('%I.%I', p.home, p.name) || coalesce('(' || p.arguments || ')', '') as object,
               coalesce(' (' || quote_ident(p.column_name) || ')', '') as of_column
        from present p
        join kept_grants k
          on (k.kind, k.home, k.name) = (p.kind, p.home, p.name)
         and k.column_name is not distinct from p.column_name
         and (k.arguments is not distinct from p.arguments
              or not exists (select from present o
                             where (o.kind, o.home, o.name, o.arguments) = (k.kind, k.home, k.name, k.arguments)))
        where p.owner <> k.owner or p.acl is distinct from k.acl
        order by p.kind desc, object, of_column
    loop
        if changed.present_owner <> changed.owner and changed.kind <> 'column' then
            execute format('alter %s %s owner to %I', changed.is_a, changed.object, pg_get_userbyid(changed.owner));
        end if;
        continue when changed.acl is null;
        if changed.kind = 'routine' then
            execute format('revoke all on routine %s from public', changed.object);
        end if;
        for entry in
            select a.privilege_type, a.is_grantable,
                   case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end as grantee
            from aclexplode(changed.acl) a
            where a.grantee <> changed.owner
            order by a.grantee, a.privilege_type
        loop
            execute format('grant %s%s on %s %s to %s%s', entry.privilege_type, changed.of_column,
                           case when changed.kind = 'routine' then 'routine' else 'table' end, changed.object,
                           entry.grantee, case when entry.is_grantable then ' with grant option' else '' end);
        end loop;
    end loop;
end
$$;
