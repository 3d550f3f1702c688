-- What the AI saved in a range of local days, each day with the assumptions in force on it, for one store.
-- $1 store_id uuid | $2 from timestamptz, inclusive | $3 to timestamptz, exclusive
-- $4 dates date[], the local days | $5 edges timestamptz[], their ascending starts, the first of them $2
-- $6 avg_human_agent_cost_per_hour numeric | $7 avg_conversation_time_minutes numeric
-- $8 ai_cost_per_conversation numeric: override the stored ones where not null
-- returns total_conversations bigint, ai_resolved_conversations bigint,
-- avg_human_agent_cost_per_hour numeric (in force on the last day, never null), avg_conversation_time_minutes numeric
-- (in force on the last day, never null), ai_cost_per_conversation numeric (in force on the last day, never null),
-- human_agent_cost numeric (currency of the store, two decimals, never null), ai_cost numeric (currency of the store, two
-- decimals, never null), savings numeric (currency of the store, two decimals, never null), roi_percentage numeric (two
-- decimals, 0 when ai_cost is 0, never null), assumptions_changed boolean
-- reads tenant.period_metrics, tenant.roi_assumptions
with
days as (
    select m.bucket, m.total_conversations, m.ai_resolved_conversations,
           coalesce($6::numeric, a.avg_human_agent_cost_per_hour, 25.00) as cost_per_hour,
           coalesce($7::numeric, a.avg_conversation_time_minutes, 8.0) as minutes,
           coalesce($8::numeric, a.ai_cost_per_conversation, 0.05) as ai_cost
    from tenant.period_metrics($1, $2, $3, $5) m
    join unnest($4::date[]) with ordinality as d (date, bucket) using (bucket)
    left join lateral (
        select *
        from tenant.roi_assumptions r
        where r.store_id = $1 and r.valid_from <= d.date
        order by r.valid_from desc
        limit 1
    ) a on true
),
in_force as (
    select cost_per_hour, minutes, ai_cost from days order by bucket desc limit 1
),
-- Divided by 60 once, at the end, so that only the answer is rounded.
costs as (
    select sum(total_conversations)::bigint as total_conversations,
           sum(ai_resolved_conversations)::bigint as ai_resolved_conversations,
           sum(total_conversations * minutes * cost_per_hour) / 60 as human_agent_cost,
           sum(total_conversations * ai_cost) as ai_cost,
           sum(ai_resolved_conversations * minutes * cost_per_hour) / 60
               - sum(ai_resolved_conversations * ai_cost) as savings,
           count(distinct (cost_per_hour, minutes, ai_cost)) > 1 as assumptions_changed
    from days
)
select c.total_conversations, c.ai_resolved_conversations,
       f.cost_per_hour as avg_human_agent_cost_per_hour,
       f.minutes as avg_conversation_time_minutes,
       f.ai_cost as ai_cost_per_conversation,
       round(c.human_agent_cost, 2) as human_agent_cost,
       round(c.ai_cost, 2) as ai_cost,
       round(c.savings, 2) as savings,
       round(coalesce(c.savings / nullif(c.ai_cost, 0) * 100, 0), 2) as roi_percentage,
       c.assumptions_changed
from costs c, in_force f
