-- Shares of the outcomes of the local days that begin in the time range.
-- returns time timestamptz (start of the day), rates float8 (0 to 1, null without conversations)
-- reads store_days, daily_metrics
select d.from_at as time,
       m.resolution_rate as "Resolution rate",
       m.ai_resolved_conversations::float8 / m.total_conversations as "AI resolution rate",
       m.escalation_rate as "Escalation rate",
       m.abandonment_rate as "Abandonment rate"
from store_days d
left join daily_metrics m on m.store_id = d.store_id and m.date = d.date
where d.store_id = '$store' and d.from_at >= $__timeFrom() and d.from_at < $__timeTo()
order by d.from_at
