-- Distinct customers and messages of the local days that begin in the time range.
-- returns time timestamptz (start of the day), "Customers" bigint, "Messages" bigint
-- reads store_days, daily_metrics
select d.from_at as time,
       coalesce(m.unique_customers, 0) as "Customers",
       coalesce(m.total_messages, 0) as "Messages"
from store_days d
left join daily_metrics m on m.store_id = d.store_id and m.date = d.date
where d.store_id = '$store' and d.from_at >= $__timeFrom() and d.from_at < $__timeTo()
order by d.from_at
