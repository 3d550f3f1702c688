-- The successors of keys, and the record of what admins do.

alter table api_keys
    add column replaces uuid unique references api_keys,
    add check (replaces <> key_id);
comment on column api_keys.replaces is 'Key whose place this one has taken; null if none. A key has one successor at most.';

create table admin_actions (
    action_id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    action text not null,
    actor text not null check (actor in ('api', 'command', 'sql')),
    key_id uuid,
    database_role text not null,
    store_id uuid,
    object_id uuid,
    detail jsonb not null,
    check ((actor = 'api') = (key_id is not null))
);
create index admin_actions_at on admin_actions (at, action_id);
create index admin_actions_store on admin_actions (store_id, at, action_id);
comment on table admin_actions is 'What was changed with admin and manage keys, by commands and by SQL. Written by triggers in the transaction of the change, never changed or deleted. No foreign keys: it outlives what it is about.';
comment on column admin_actions.action_id is 'Order in which rows were written.';
comment on column admin_actions.at is 'When it was done, within its transaction.';
comment on column admin_actions.action is 'What was done, as create_store or revoke_key; docs/keys.md has the list.';
comment on column admin_actions.actor is 'By which way: api, command (the command line) or sql.';
comment on column admin_actions.key_id is 'API key that did it; null for the command line and SQL.';
comment on column admin_actions.database_role is 'Role that was logged in to the database: that of the server, of the command, or of a person.';
comment on column admin_actions.store_id is 'Store that it is about; null if it is about none or all.';
comment on column admin_actions.object_id is 'Key, store, content gap, recalculation or erasure that it is about; null where the store is all there is to name.';
comment on column admin_actions.detail is 'Columns that changed, each with its old and new value. Never a key, a hash, a token, nor what customers wrote or who they are.';
