-- Share of ratings 4 and 5 of the local days that begin in the time range.
-- returns time timestamptz (start of the day), "CSAT" float8 (0 to 1, null without ratings), "Ratings" bigint
-- reads store_days, daily_metrics
select d.from_at as time, m.csat as "CSAT", coalesce(m.csat_responses, 0) as "Ratings"
from store_days d
left join daily_metrics m on m.store_id = d.store_id and m.date = d.date
where d.store_id = '$store' and d.from_at >= $__timeFrom() and d.from_at < $__timeTo()
order by d.from_at
