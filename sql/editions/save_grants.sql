-- Remembers who owns the views and functions of Colloquy, and who has which rights on them, until the end of the
-- transaction: restore_grants.sql gives them back to those that had to be dropped. Run by migrate, inside its transaction.
create temporary table kept_grants on commit drop as
select 'table' as kind, n.nspname as home, c.relname as name, null::text as arguments, null::name as column_name,
       c.relowner as owner, c.relacl as acl
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('analytics', 'tenant') and c.relkind in ('v', 'm')
union all
select 'column', n.nspname, c.relname, null, a.attname, c.relowner, a.attacl
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid
where n.nspname in ('analytics', 'tenant') and c.relkind in ('v', 'm') and a.attacl is not null
union all
select 'routine', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid), null, p.proowner, p.proacl
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
where n.nspname in ('analytics', 'tenant');
