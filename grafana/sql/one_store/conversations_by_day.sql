-- Conversations of the local days that begin in the time range, by outcome; days without any too.
-- returns time timestamptz (start of the day), "Resolved" bigint, "Escalated" bigint, "Abandoned" bigint, "Open" bigint
-- reads store_days, daily_metrics
select d.from_at as time,
       coalesce(m.resolved_conversations, 0) as "Resolved",
       coalesce(m.escalated_conversations, 0) as "Escalated",
       coalesce(m.abandoned_conversations, 0) as "Abandoned",
       coalesce(m.open_conversations, 0) as "Open"
from store_days d
left join daily_metrics m on m.store_id = d.store_id and m.date = d.date
where d.store_id = '$store' and d.from_at >= $__timeFrom() and d.from_at < $__timeTo()
order by d.from_at
