-- What the AI saved on some local days, each with the assumptions in force on it, for one store: the one place where
-- the formulas of ROI stand.
-- store uuid | dates date[]: ascending local days | totals bigint[]: conversations of each day
-- | saved bigint[]: those of them that count as saved
-- | given_cost_per_hour numeric | given_minutes numeric | given_ai_cost numeric: override the stored assumptions where
-- not null
-- returns counts bigint, the assumptions in force on the last day, money numeric (currency of the store, two decimals),
-- roi_percentage numeric (two decimals, 0 when ai_cost is 0), assumptions_changed boolean
-- reads tenant.roi_assumptions
create or replace function tenant.roi_of_days(
    store uuid, dates date[], totals bigint[], saved bigint[], given_cost_per_hour numeric, given_minutes numeric,
    given_ai_cost numeric)
returns table (
    total_conversations bigint, ai_resolved_conversations bigint, avg_human_agent_cost_per_hour numeric,
    avg_conversation_time_minutes numeric, ai_cost_per_conversation numeric, human_agent_cost numeric,
    ai_cost numeric, savings numeric, roi_percentage numeric, assumptions_changed boolean)
language sql stable
as $$
    with
    days as (
        select d.date, d.total, d.saved,
               coalesce(given_cost_per_hour, a.avg_human_agent_cost_per_hour, 25.00) as cost_per_hour,
               coalesce(given_minutes, a.avg_conversation_time_minutes, 8.0) as minutes,
               coalesce(given_ai_cost, a.ai_cost_per_conversation, 0.05) as ai_cost
        from unnest(dates, totals, saved) as d (date, total, saved)
        left join lateral (
            select *
            from tenant.roi_assumptions r
            where r.store_id = store and r.valid_from <= d.date
            order by r.valid_from desc
            limit 1
        ) a on true
    ),
    in_force as (
        select d.cost_per_hour, d.minutes, d.ai_cost from days d order by d.date desc limit 1
    ),
    -- Divided by 60 once, at the end, so that only the answer is rounded.
    costs as (
        select sum(d.total)::bigint as total,
               sum(d.saved)::bigint as saved,
               sum(d.total * d.minutes * d.cost_per_hour) / 60 as human_agent_cost,
               sum(d.total * d.ai_cost) as ai_cost,
               sum(d.saved * d.minutes * d.cost_per_hour) / 60 - sum(d.saved * d.ai_cost) as savings,
               count(distinct (d.cost_per_hour, d.minutes, d.ai_cost)) > 1 as assumptions_changed
        from days d
    )
    select c.total, c.saved, f.cost_per_hour, f.minutes, f.ai_cost,
           round(c.human_agent_cost, 2), round(c.ai_cost, 2), round(c.savings, 2),
           round(coalesce(c.savings / nullif(c.ai_cost, 0) * 100, 0), 2),
           c.assumptions_changed
    from costs c, in_force f
$$;
comment on function tenant.roi_of_days(uuid, date[], bigint[], bigint[], numeric, numeric, numeric) is
    'What the AI saved on some local days, each by the assumptions in force on it, for the store of colloquy.store_id.';
