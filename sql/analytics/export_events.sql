-- The raw events of a range in the format of ingest, timeouts too, the earliest first, for one store.
-- $1 store_id uuid | $2 from timestamptz, inclusive | $3 to timestamptz, exclusive
-- returns event_id uuid, conversation_id uuid, store_id uuid, event_type text, customer_id text (null if none is
-- named), timestamp timestamptz, event_data jsonb; nothing that import would refuse
-- reads tenant.conversation_events
select e.event_id, e.conversation_id, e.store_id, e.event_type, e.customer_id, e.created_at as "timestamp", e.event_data
from tenant.conversation_events e
where e.store_id = $1 and e.created_at >= $2 and e.created_at < $3
order by e.created_at, e.event_id, e.conversation_id
