-- Resolution rate of each store, by its own local days that begin in the time range.
-- returns time timestamptz (start of the day), metric text (the store), "Resolution rate" float8 (0 to 1)
-- reads store_days, daily_metrics, stores
with
-- Stores of the same name are told apart by the start of their id.
named as (
    select store_id,
           name || case when count(*) over (partition by name) > 1 then ' ' || left(store_id::text, 8) else '' end
               as name
    from stores
)
select d.from_at as time, n.name as metric, m.resolution_rate as "Resolution rate"
from store_days d
join daily_metrics m on m.store_id = d.store_id and m.date = d.date
join named n on n.store_id = d.store_id
where d.store_id in ($store) and d.from_at >= $__timeFrom() and d.from_at < $__timeTo()
order by d.from_at, n.name
