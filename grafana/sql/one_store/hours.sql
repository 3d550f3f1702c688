-- Conversations that started in the time range, by the hour of the local clock; all 24.
-- returns "Hour" text, "Conversations" bigint
-- reads stores, conversations
select to_char(h.hour, 'FM00') as "Hour", count(c.hour) as "Conversations"
from generate_series(0, 23) as h (hour)
left join (
    select extract(hour from c.started_at at time zone s.timezone)::integer as hour
    from conversations c
    join stores s using (store_id)
    where c.store_id = '$store' and c.started_at >= $__timeFrom() and c.started_at < $__timeTo()
) c using (hour)
group by h.hour
order by h.hour
