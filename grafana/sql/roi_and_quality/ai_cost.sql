-- What the AI cost in all conversations of the local days that begin in the time range.
-- returns "AI cost" float8 (currency of the store, two decimals, null without conversations)
-- reads store_days, daily_roi
-- Products are summed before they are divided and rounded once, as the API does.
select round(sum(r.total_conversations * r.ai_cost_per_conversation), 2)::float8 as "AI cost"
from store_days d
join daily_roi r on r.store_id = d.store_id and r.date = d.date
where d.store_id = '$store' and d.from_at >= $__timeFrom() and d.from_at < $__timeTo()
