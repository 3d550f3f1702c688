-- Savings as a share of what the AI cost, on the local days that begin in the time range.
-- returns "ROI" float8 (share: 1 is 100 %; 0 if the AI cost nothing, null without conversations)
-- reads store_days, daily_roi
-- Products are summed before they are divided and rounded once, as the API does.
select round(coalesce(
           (sum(r.ai_resolved_conversations * r.avg_conversation_time_minutes * r.avg_human_agent_cost_per_hour) / 60
               - sum(r.ai_resolved_conversations * r.ai_cost_per_conversation))
           / nullif(sum(r.total_conversations * r.ai_cost_per_conversation), 0), 0), 4)::float8 as "ROI"
from store_days d
join daily_roi r on r.store_id = d.store_id and r.date = d.date
where d.store_id = '$store' and d.from_at >= $__timeFrom() and d.from_at < $__timeTo()
