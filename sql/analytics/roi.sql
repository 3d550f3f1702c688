-- What the AI saved in a range of local days by the stored formula: its own resolutions, for one store.
-- $1 store_id uuid | $2 from timestamptz, inclusive | $3 to timestamptz, exclusive
-- $4 dates date[], the local days | $5 edges timestamptz[], their ascending starts, the first of them $2
-- $6 avg_human_agent_cost_per_hour numeric | $7 avg_conversation_time_minutes numeric
-- $8 ai_cost_per_conversation numeric: override the stored ones where not null
-- returns part text ('roi'), total_conversations bigint, ai_resolved_conversations bigint,
-- avg_human_agent_cost_per_hour numeric (in force on the last day, never null), avg_conversation_time_minutes numeric
-- (in force on the last day, never null), ai_cost_per_conversation numeric (in force on the last day, never null),
-- human_agent_cost numeric (currency of the store, two decimals, never null), ai_cost numeric (currency of the store, two
-- decimals, never null), savings numeric (currency of the store, two decimals, never null), roi_percentage numeric (two
-- decimals, 0 when ai_cost is 0, never null), assumptions_changed boolean,
-- unsettled_conversations bigint (null here, see roi_cases.sql)
-- reads tenant.period_metrics, tenant.roi_of_days
select 'roi' as part, r.total_conversations, r.ai_resolved_conversations, r.avg_human_agent_cost_per_hour,
       r.avg_conversation_time_minutes, r.ai_cost_per_conversation, r.human_agent_cost, r.ai_cost,
       r.savings, r.roi_percentage, r.assumptions_changed, null::bigint as unsettled_conversations
from (
    select array_agg(m.total_conversations order by m.bucket) as totals,
           array_agg(m.ai_resolved_conversations order by m.bucket) as ai_resolved
    from tenant.period_metrics($1, $2, $3, $5) m
) d
cross join lateral tenant.roi_of_days($1, $4, d.totals, d.ai_resolved, $6, $7, $8) r
