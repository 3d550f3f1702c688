-- Events by type, by the time at which they happened, in steps of time that fit the panel.
-- returns time timestamptz, metric text (event type), "Events" bigint
-- reads conversation_events
select $__timeGroupAlias(created_at, $__interval), event_type as metric, count(*) as "Events"
from conversation_events
where created_at >= $__timeFrom() and created_at < $__timeTo()
group by 1, 2
order by 1, 2
