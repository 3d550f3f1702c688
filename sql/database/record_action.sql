-- Records what a command has done where no trigger sees it.
-- $1 action text | $2 store_id uuid, null for all | $3 detail jsonb: numbers and times, nothing of customers
insert into admin_actions (action, actor, database_role, store_id, detail)
values ($1, 'command', session_user, $2, $3)
