-- How many roles of Colloquy there are, and what is theirs.
-- returns roles bigint, objects bigint (relations, functions and schemas that colloquy_owner owns), rights bigint (those
-- of the other roles on relations, functions and schemas)
with
roles (role) as (
    select oid
    from pg_roles
    where rolname in ('colloquy_owner', 'colloquy_writer', 'colloquy_reader', 'colloquy_tenant')
),
objects (namespace, owner, acl) as (
    select relnamespace, relowner, relacl from pg_class
    union all
    select pronamespace, proowner, proacl from pg_proc
    union all
    select oid, nspowner, nspacl from pg_namespace
),
ours as (
    select o.owner, o.acl
    from objects o
    join pg_namespace n on n.oid = o.namespace
    where n.nspname in ('analytics', 'tenant')
)
select (select count(*) from roles) as roles,
       (select count(*) from ours where owner = to_regrole('colloquy_owner')) as objects,
       (select count(*)
        from ours, aclexplode(acl) as a
        where a.grantee in (select role from roles) and a.grantee <> to_regrole('colloquy_owner')) as rights
