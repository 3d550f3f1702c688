-- Triggers that write table admin_actions, each in the transaction of what it records.
-- Arguments: names of the action when a row is inserted, updated or deleted, separated by commas | its id column, or ''
-- | the columns that are recorded. Those of others, such as last_used_at, are not looked at.
-- Who did it is in the settings colloquy.actor, colloquy.actor_key and colloquy.request_id: sql/database/author.sql sets
-- the last two for a request, every session of the program begins as 'command', and all others are SQL.
create or replace function record_admin_action() returns trigger
language plpgsql volatile security definer -- nobody else may write admin_actions
set search_path = analytics, public, pg_temp
set timezone = 'UTC' -- instants in detail read the same, whoever writes them
as $$
declare
    before constant jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
    after constant jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
    present constant jsonb := coalesce(after, before);
    key_of_actor constant uuid := nullif(current_setting('colloquy.actor_key', true), '')::uuid;
    name text := split_part(tg_argv[0], ',', array_position(array['INSERT', 'UPDATE', 'DELETE'], tg_op));
    changed jsonb;
begin
    select jsonb_object_agg(
               c.name,
               -- Of a hash it is enough to know that it is another one.
               case when c.name = 'key_sha256' then '"not shown"'
                    else jsonb_build_object('old', before -> c.name, 'new', after -> c.name) end)
    into changed
    from unnest(tg_argv[2:]) as c (name)
    where coalesce(before -> c.name, 'null') is distinct from coalesce(after -> c.name, 'null');
    if changed is null then
        return null;
    end if;
    if tg_table_name = 'api_keys' and tg_op = 'INSERT' and after ->> 'replaces' is not null then
        name := 'rotate_key';
    elsif tg_table_name = 'api_keys' and tg_op = 'UPDATE' and before ->> 'revoked_at' is null
          and after ->> 'revoked_at' is not null then
        name := 'revoke_key';
    end if;
    insert into admin_actions (action, actor, key_id, request_id, database_role, store_id, object_id, detail)
    values (name,
            case when key_of_actor is not null then 'api'
                 when current_setting('colloquy.actor', true) = 'command' then 'command'
                 else 'sql' end,
            key_of_actor, nullif(current_setting('colloquy.request_id', true), ''), session_user,
            (present ->> 'store_id')::uuid, (present ->> tg_argv[1])::uuid, changed);
    return null;
end
$$;
comment on function record_admin_action() is
    'Trigger on what admins change: writes into admin_actions who did what, with old and new values of the columns named by its arguments.';

create or replace trigger record_admin_action after insert or update or delete on stores
    for each row execute function record_admin_action(
        'create_store,change_store,delete_store', 'store_id', 'store_id', 'name', 'timezone', 'locale', 'currency',
        'abandon_after', 'gap_confidence_threshold', 'allowed_origins', 'created_at', 'archived_at');
create or replace trigger record_admin_action after insert or update or delete on api_keys
    for each row execute function record_admin_action(
        'create_key,change_key,delete_key', 'key_id', 'key_id', 'store_id', 'name', 'scopes', 'key_sha256', 'created_at',
        'expires_at', 'revoked_at', 'replaces');
create or replace trigger record_admin_action after insert or update or delete on roi_assumptions
    for each row execute function record_admin_action(
        'set_roi_assumptions,set_roi_assumptions,delete_roi_assumptions', '', 'store_id', 'valid_from',
        'avg_human_agent_cost_per_hour', 'avg_conversation_time_minutes', 'ai_cost_per_conversation');
create or replace trigger record_admin_action after update on installation
    for each row execute function record_admin_action(
        ',change_installation,', '', 'raw_retention', 'archive_before_drop');
create or replace trigger record_admin_action after insert or delete on recalculations
    for each row execute function record_admin_action(
        'recalculate,,delete_recalculation', 'recalculation_id', 'from_at', 'to_at', 'is_background');
create or replace trigger record_admin_action after insert or update or delete on erasures
    for each row execute function record_admin_action(
        'erase_customer,change_erasure,delete_erasure', 'erasure_id', 'conversations', 'events', 'example_questions',
        'rejections', 'labels', 'kept_labels');
-- What an archive holds when its file is written, and when its events are dropped. Retention, which says so by a setting, is
-- no admin's doing.
create or replace trigger record_admin_action after insert or update or delete on archives
    for each row
    when (current_setting('colloquy.actor', true) is distinct from 'job')
    execute function record_admin_action(
        'archive_events,archive_events,delete_archive', 'archive_id', 'from_at', 'to_at', 'events', 'bytes', 'sha256',
        'dropped_at');
-- Neither topics nor questions, which can name customers. What the job finds is no admin's doing; it says so by a setting
-- that counts only for those who may write admin_actions anyway.
create or replace trigger record_admin_action after insert or update or delete on content_gaps
    for each row
    when (current_setting('colloquy.actor', true) is distinct from 'job'
          or not has_table_privilege('analytics.admin_actions', 'insert'))
    execute function record_admin_action(
        'create_content_gap,change_content_gap,delete_content_gap', 'gap_id', 'gap_id', 'store_id', 'status',
        'confidence_threshold', 'has_own_threshold');

create or replace function record_sign_in() returns trigger
language plpgsql volatile security definer
set search_path = analytics, public, pg_temp
as $$
declare
    key_of_actor constant uuid := nullif(current_setting('colloquy.actor_key', true), '')::uuid;
begin
    insert into admin_actions (action, actor, key_id, request_id, database_role, store_id, object_id, detail)
    select 'sign_in',
           case when key_of_actor is not null then 'api'
                when current_setting('colloquy.actor', true) = 'command' then 'command'
                else 'sql' end,
           key_of_actor, nullif(current_setting('colloquy.request_id', true), ''), session_user, k.store_id, k.key_id, jsonb_build_object('scopes', k.scopes)
    from api_keys k
    where k.key_id = new.key_id and k.scopes && array['manage', 'admin'];
    return null;
end
$$;
comment on function record_sign_in() is
    'Trigger on dashboard_sessions: writes into admin_actions who signed in with a key that may change something.';
create or replace trigger record_sign_in after insert or update of key_id on dashboard_sessions
    for each row execute function record_sign_in();
