-- Stores a batch of checked events in a transaction of its own; see functions/store_events.sql.
-- $1 store_ids uuid[] | $2 conversation_ids uuid[] | $3 event_ids uuid[] | $4 event_types text[]
-- $5 customer_ids text[] | $6 response_times_us bigint[] | $7 event_datas jsonb[] | $8 times timestamptz[]
-- $9 replace_frozen boolean
-- returns ordinal integer (1-based), status text; only events that were not stored or that changed nothing
-- reads store_events
select ordinal, status
from store_events($1, $2, $3, $4, $5, $6, $7, $8, $9)
order by ordinal
