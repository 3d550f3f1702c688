-- The raw events of a chunk, all stores and timeouts too, in an order that keeps conversations together and leaves
-- nothing to chance: the same events give the same file.
-- $1 from timestamptz, inclusive | $2 to timestamptz, exclusive
-- returns event_id uuid, conversation_id uuid, store_id uuid, event_type text, customer_id text (null if none is
-- named), timestamp timestamptz, event_data text (JSON)
-- reads conversation_events
select event_id, conversation_id, store_id, event_type, customer_id, created_at as timestamp,
       event_data::text as event_data
from conversation_events
where created_at >= $1::timestamptz and created_at < $2::timestamptz
order by conversation_id, created_at, event_id, store_id
