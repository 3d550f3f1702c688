-- Stores the start of a conversation, now.
-- conversation_id uuid | store_id uuid | customer_context jsonb: customer_id, channel, language and what else is known
-- returns the event's id, uuid
-- Runs with the rights of its owner, as ingest_events does.
create or replace function track_conversation_started(
    conversation_id uuid, store_id uuid, customer_context jsonb default '{}') returns uuid
language sql volatile security definer
set search_path = analytics, public, pg_temp
as $$ select analytics.track_event(conversation_id, store_id, 'conversation_started', customer_context) $$;
comment on function track_conversation_started(uuid, uuid, jsonb) is
    'Stores the start of a conversation, now, and returns the id of the event.';
