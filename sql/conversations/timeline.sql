-- The raw events of a conversation id that are still there, in order, for one store.
-- $1 store_id uuid | $2 conversation_id uuid | $3 from timestamptz, inclusive | $4 to timestamptz, exclusive
-- returns event_id uuid, event_type text, timestamp timestamptz, customer_id text (null if none is named),
-- event_data jsonb, received_at timestamptz, is_duplicate boolean (an earlier copy of the event counts instead)
-- reads tenant.conversation_events
select e.event_id, e.event_type, e.created_at as timestamp, e.customer_id, e.event_data, e.received_at,
       row_number() over (partition by e.event_id order by e.created_at) > 1 as is_duplicate
from tenant.conversation_events e
where e.conversation_id = $2 and e.store_id = $1 and e.created_at >= $3 and e.created_at < $4
order by e.created_at, e.event_id
