-- Takes an event apart for make_conversations, so that nothing carries its text further.
-- number bigint, of its conversation | the columns of conversation_events that count
-- returns event_parts
-- Inlined, hence without a search_path.
create or replace function event_parts_of(
    number bigint, event_id uuid, event_type text, created_at timestamptz, customer_id text, response_us bigint,
    event_data jsonb)
returns analytics.event_parts
language sql stable parallel safe
as $$
    select row(number, event_id, event_type, created_at, customer_id, response_us,
               event_data ->> 'channel', event_data ->> 'language', (event_data ->> 'rating')::numeric::smallint,
               case when event_type = 'knowledge_retrieved' then nullif(left(event_data ->> 'topic', 255), '') end,
               case when event_type = 'knowledge_retrieved' then (event_data ->> 'confidence')::numeric end,
               coalesce(event_type = 'message_sent' and event_data ->> 'agent' = 'human', false),
               case when event_type = 'conversation_abandoned' and event_data ->> 'reason' = 'timeout'
                    then (event_data ->> 'after')::timestamptz end)::analytics.event_parts
$$;
comment on function event_parts_of(bigint, uuid, text, timestamptz, text, bigint, jsonb) is
    'Takes an event apart for make_conversations.';
