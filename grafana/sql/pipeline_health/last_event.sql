-- Time since the last event of the time range happened.
-- returns "Last event" float8 (seconds, null if there is none)
-- reads conversation_events
select extract(epoch from now() - max(created_at))::float8 as "Last event"
from conversation_events
where created_at >= $__timeFrom() and created_at < $__timeTo()
