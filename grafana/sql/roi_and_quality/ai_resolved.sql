-- Conversations that the AI resolved alone, on the local days that begin in the time range.
-- returns "AI-resolved" bigint
-- reads store_days, daily_roi
-- Products are summed before they are divided and rounded once, as the API does.
select coalesce(sum(r.ai_resolved_conversations), 0)::bigint as "AI-resolved"
from store_days d
join daily_roi r on r.store_id = d.store_id and r.date = d.date
where d.store_id = '$store' and d.from_at >= $__timeFrom() and d.from_at < $__timeTo()
