-- What the AI saved in each chosen store, on the local days that begin in the time range; each in its own currency.
-- returns store_id text, "Store" text, "Currency" text, "AI-resolved" bigint, "AI cost" float8, "Savings" float8 (two
-- decimals), "ROI" float8 (share of the AI cost, null if that is 0)
-- reads stores, store_days, daily_roi
-- Products are summed before they are divided and rounded once, as the API does.
select store_id::text, name as "Store", currency as "Currency", ai_resolved::bigint as "AI-resolved",
       round(ai_cost, 2)::float8 as "AI cost", round(savings, 2)::float8 as "Savings",
       round(savings / nullif(ai_cost, 0), 4)::float8 as "ROI"
from (
    select s.store_id, s.name, s.currency, sum(r.ai_resolved_conversations) as ai_resolved,
           sum(r.total_conversations * r.ai_cost_per_conversation) as ai_cost,
           sum(r.ai_resolved_conversations * r.avg_conversation_time_minutes * r.avg_human_agent_cost_per_hour) / 60
               - sum(r.ai_resolved_conversations * r.ai_cost_per_conversation) as savings
    from stores s
    join store_days d on d.store_id = s.store_id
    join daily_roi r on r.store_id = d.store_id and r.date = d.date
    where d.store_id in ($store) and d.from_at >= $__timeFrom() and d.from_at < $__timeTo()
    group by s.store_id
) sums
order by name, store_id
