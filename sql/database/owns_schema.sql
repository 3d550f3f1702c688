-- Whether the session has the rights of the owner of schema analytics, or can take them on.
-- returns owns_schema boolean; no row while there is no such schema
select pg_has_role(session_user, nspowner, 'usage') or pg_has_role(session_user, nspowner, 'set') as owns_schema
from pg_namespace
where nspname = 'analytics'
