-- What the raw log and the conversations take on disk, with indexes and columnstore.
-- returns "Events" float8, "Conversations" float8 (bytes)
-- reads pipeline_health
select max(value) filter (where label = 'conversation_events') as "Events",
       max(value) filter (where label = 'conversations') as "Conversations"
from pipeline_health
where metric = 'storage_bytes'
