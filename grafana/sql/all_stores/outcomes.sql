-- Conversations of the chosen stores by the outcome they have now, in days of UTC.
-- returns time timestamptz, counts bigint
-- reads conversation_metrics_15m
select $__timeGroupAlias(bucket, '1d'),
       sum(resolved_conversations)::bigint as "Resolved",
       sum(escalated_conversations)::bigint as "Escalated",
       sum(abandoned_conversations)::bigint as "Abandoned",
       sum(open_conversations)::bigint as "Open"
from conversation_metrics_15m
where store_id in ($store) and bucket >= $__timeFrom() and bucket < $__timeTo()
group by 1
order by 1
