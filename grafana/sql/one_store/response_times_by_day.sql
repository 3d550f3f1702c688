-- Average response times of the local days that begin in the time range.
-- returns time timestamptz (start of the day), times float8 (milliseconds, null if nothing was answered)
-- reads store_days, daily_metrics
select d.from_at as time,
       m.avg_first_response_time_ms as "First response",
       m.avg_response_time_ms as "All responses"
from store_days d
left join daily_metrics m on m.store_id = d.store_id and m.date = d.date
where d.store_id = '$store' and d.from_at >= $__timeFrom() and d.from_at < $__timeTo()
order by d.from_at
