-- Change of the number of conversations against the same length of time right before the time range.
-- returns "Growth" float8 (share; 1 if there were none before, 0 if there are none in both)
-- reads conversation_metrics_15m
with
counts as (
    select coalesce(sum(total_conversations) filter (where bucket >= $__timeFrom()), 0)::float8 as current,
           coalesce(sum(total_conversations) filter (where bucket < $__timeFrom()), 0)::float8 as previous
    from conversation_metrics_15m
    where store_id = '$store' and bucket < $__timeTo()
      and bucket >= $__timeFrom()::timestamptz - ($__timeTo()::timestamptz - $__timeFrom()::timestamptz)
)
select case when previous > 0 then (current - previous) / previous when current > 0 then 1 else 0 end as "Growth"
from counts
