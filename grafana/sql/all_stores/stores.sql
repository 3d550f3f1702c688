-- The chosen stores side by side, with the same length of time before.
-- returns store_id text, "Store" text, "Timezone" text, counts bigint, "Growth" float8 (share, null if there were none
-- before), rates float8 (0 to 1), "First response" float8 (milliseconds)
-- reads stores, conversation_metrics, conversations
select s.store_id::text as store_id, s.name as "Store", s.timezone as "Timezone",
       m.total_conversations as "Conversations",
       (m.total_conversations - p.previous)::float8 / nullif(p.previous, 0) as "Growth",
       m.unique_customers as "Customers",
       m.resolution_rate as "Resolution rate",
       m.ai_resolved_conversations::float8 / nullif(m.total_conversations, 0) as "AI resolution rate",
       m.escalation_rate as "Escalation rate",
       m.abandonment_rate as "Abandonment rate",
       m.csat as "CSAT",
       m.avg_first_response_time_ms as "First response"
from stores s
cross join lateral conversation_metrics(s.store_id, $__timeFrom(), $__timeTo()) m
cross join lateral (
    select count(*) as previous
    from conversations c
    where c.store_id = s.store_id and c.started_at < $__timeFrom()
      and c.started_at >= $__timeFrom()::timestamptz - ($__timeTo()::timestamptz - $__timeFrom()::timestamptz)
) p
where s.store_id in ($store)
order by m.total_conversations desc, s.name
