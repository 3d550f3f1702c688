-- Confines the rest of the transaction to one store.
-- $1 store_id uuid
-- returns store_id text, role text;
-- the role without rights on tables is taken on where it has been given its rights in this database and this session
-- may: `colloquy roles apply` sees to both.
select set_config('colloquy.store_id', $1::uuid::text, true) as store_id,
       set_config('role',
                  case when has_schema_privilege(to_regrole('colloquy_tenant'), 'tenant', 'usage')
                            and pg_has_role(session_user, to_regrole('colloquy_tenant'), 'set')
                       then 'colloquy_tenant'
                       else current_setting('role')
                  end, true) as role
