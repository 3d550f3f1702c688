-- What the AI saved in a range of local days by the stored formula: its own resolutions, for one store.
-- $1 store_id uuid | $2 from timestamptz, inclusive | $3 to timestamptz, exclusive
-- $4 dates date[], the local days | $5 edges timestamptz[], their ascending starts, the first of them $2
-- $6 avg_human_agent_cost_per_hour numeric | $7 avg_conversation_time_minutes numeric
-- $8 ai_cost_per_conversation numeric: override the stored ones where not null
-- returns part text ('roi' or 'daily'), date date (the local day; null but in daily), total_conversations bigint,
-- ai_resolved_conversations bigint, avg_human_agent_cost_per_hour numeric (in force on the last day, never null but in
-- daily), avg_conversation_time_minutes numeric (in force on the last day, never null but in daily),
-- ai_cost_per_conversation numeric (in force on the last day, never null but in daily), human_agent_cost numeric
-- (currency of the store, two decimals, never null), ai_cost numeric (currency of the store, two decimals, never null),
-- savings numeric (currency of the store, two decimals, never null), roi_percentage numeric (two decimals, 0 when
-- ai_cost is 0, never null but in daily), assumptions_changed boolean (never null but in daily),
-- unsettled_conversations bigint (null here, see roi_cases.sql)
-- reads tenant.period_sums, tenant.roi_of_days
with
-- Read once for both, so that the days are those of the whole.
days as (
    select d.bucket, d.date, coalesce(s.total_conversations, 0) as total,
           coalesce(s.ai_resolved_conversations, 0) as ai_resolved
    from unnest($4::date[]) with ordinality as d (date, bucket)
    left join tenant.period_sums($1, $2, $3, $5) s using (bucket)
)
select 'roi' as part, null::date as date, r.total_conversations, r.ai_resolved_conversations,
       r.avg_human_agent_cost_per_hour, r.avg_conversation_time_minutes, r.ai_cost_per_conversation,
       r.human_agent_cost, r.ai_cost, r.savings, r.roi_percentage, r.assumptions_changed,
       null::bigint as unsettled_conversations
from (
    select array_agg(d.total order by d.bucket) as totals, array_agg(d.ai_resolved order by d.bucket) as ai_resolved
    from days d
) w
cross join lateral tenant.roi_of_days($1, $4, w.totals, w.ai_resolved, $6, $7, $8) r
union all
-- The whole divides the sum of the exact days; here each is rounded by itself.
select 'daily', d.date, r.total_conversations, r.ai_resolved_conversations, null, null, null,
       r.human_agent_cost, r.ai_cost, r.savings, null, null, null
from days d
cross join lateral tenant.roi_of_days($1, array[d.date], array[d.total], array[d.ai_resolved], $6, $7, $8) r
order by date nulls first
