-- The id of a timeout event: a version 5 UUID (RFC 9562) of what it times out, so that it is made once only.
-- store_id uuid | conversation_id uuid | started_at timestamptz of the row | after_at timestamptz of its last event
-- returns uuid
create or replace function timeout_event_id(
    store_id uuid, conversation_id uuid, started_at timestamptz, after_at timestamptz) returns uuid
language sql immutable strict parallel safe
as $$
    -- Times as microseconds of the Unix epoch: their text would depend on the session's timezone.
    select public.uuid_generate_v5(store_id, format('timeout/%s/%s/%s', conversation_id,
        (extract(epoch from started_at) * 1000000)::bigint, (extract(epoch from after_at) * 1000000)::bigint))
$$;
comment on function timeout_event_id(uuid, uuid, timestamptz, timestamptz) is
    'Id of the timeout event of a conversation row: a version 5 UUID of the row and the event it follows.';
