-- What the AI saved on the local days that begin in the time range: its own resolutions, less their cost.
-- returns "Savings" float8 (currency of the store, two decimals, null without conversations)
-- reads store_days, daily_roi
-- Products are summed before they are divided and rounded once, as the API does.
select round(
           sum(r.ai_resolved_conversations * r.avg_conversation_time_minutes * r.avg_human_agent_cost_per_hour) / 60
               - sum(r.ai_resolved_conversations * r.ai_cost_per_conversation), 2)::float8 as "Savings"
from store_days d
join daily_roi r on r.store_id = d.store_id and r.date = d.date
where d.store_id = '$store' and d.from_at >= $__timeFrom() and d.from_at < $__timeTo()
