-- What the AI saved in a range of local days if fewer or more conversations than its own resolutions count as saved.
-- low: AI-resolved, and neither the same customer nor the same conversation wrote within 7 days after.
-- high: resolved without a message of a human agent, escalated before or not.
-- $1 store_id uuid | $2 from timestamptz, inclusive | $3 to timestamptz, exclusive
-- $4 dates date[], the local days | $5 edges timestamptz[], their ascending starts, the first of them $2
-- $6 avg_human_agent_cost_per_hour numeric | $7 avg_conversation_time_minutes numeric
-- $8 ai_cost_per_conversation numeric: override the stored ones where not null
-- returns part text ('low' or 'high'), date date (null here, see roi.sql), total_conversations bigint,
-- ai_resolved_conversations bigint (those that the case counts as saved),
-- avg_human_agent_cost_per_hour numeric (in force on the last day, never null), avg_conversation_time_minutes numeric
-- (in force on the last day, never null), ai_cost_per_conversation numeric (in force on the last day, never null),
-- human_agent_cost numeric (currency of the store, two decimals, never null), ai_cost numeric (currency of the store, two
-- decimals, never null), savings numeric (currency of the store, two decimals, never null), roi_percentage numeric (two
-- decimals, 0 when ai_cost is 0, never null), assumptions_changed boolean,
-- unsettled_conversations bigint (counted ones whose 7 days are not over at $3; null for
-- high)
-- reads tenant.period_cases, tenant.roi_of_days
select s.part, null::date as date, r.total_conversations, r.ai_resolved_conversations, r.avg_human_agent_cost_per_hour,
       r.avg_conversation_time_minutes, r.ai_cost_per_conversation, r.human_agent_cost, r.ai_cost,
       r.savings, r.roi_percentage, r.assumptions_changed, s.unsettled as unsettled_conversations
from (
    select array_agg(coalesce(c.total, 0) order by e.bucket) as totals,
           array_agg(coalesce(c.low, 0) order by e.bucket) as low,
           array_agg(coalesce(c.high, 0) order by e.bucket) as high, coalesce(sum(c.unsettled), 0)::bigint as unsettled
    from generate_series(1, cardinality($5::timestamptz[])) as e (bucket)
    left join tenant.period_cases($1, $2, $3, $5) c using (bucket)
) d
cross join lateral (
    values (1, 'low', d.low, d.unsettled), (2, 'high', d.high, null)
) as s (position, part, saved, unsettled)
cross join lateral tenant.roi_of_days($1, $4, d.totals, s.saved, $6, $7, $8) r
order by s.position
