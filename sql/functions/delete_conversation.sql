-- Deletes a conversation row by its key.
-- store uuid | conversation uuid | start timestamptz
create or replace function delete_conversation(store uuid, conversation uuid, start timestamptz) returns void
language plpgsql volatile
set search_path = analytics, public, pg_temp
as $$
begin
    delete from conversations c
    where c.store_id = store and c.conversation_id = conversation and c.started_at = start;
end
$$;
comment on function delete_conversation(uuid, uuid, timestamptz) is
    'Deletes a conversation row by its key; for rebuild_conversations.';
