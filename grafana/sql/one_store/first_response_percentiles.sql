-- Exact median and 95th percentile of the first response times of the conversations that started in the time range.
-- returns "Median" float8, "95th percentile" float8 (milliseconds, null if nothing was answered)
-- reads conversations
select percentile_cont(0.5) within group (order by first_response_us) / 1000 as "Median",
       percentile_cont(0.95) within group (order by first_response_us) / 1000 as "95th percentile"
from conversations
where store_id = '$store' and started_at >= $__timeFrom() and started_at < $__timeTo()
