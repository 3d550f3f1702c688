-- What the AI saved and cost on each local day that begins in the time range; days without conversations are 0.
-- returns time timestamptz (start of the day), "Savings" float8, "AI cost" float8 (currency of the store)
-- reads store_days, daily_roi
select d.from_at as time, coalesce(round(r.savings, 2), 0)::float8 as "Savings",
       coalesce(round(r.ai_cost, 2), 0)::float8 as "AI cost"
from store_days d
left join daily_roi r on r.store_id = d.store_id and r.date = d.date
where d.store_id = '$store' and d.from_at >= $__timeFrom() and d.from_at < $__timeTo()
order by d.from_at
