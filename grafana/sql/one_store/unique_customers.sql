-- How many distinct customers the conversations name that started in the time range.
-- returns "Customers" bigint
-- reads conversations
select count(distinct customer_id) as "Customers"
from conversations
where store_id = '$store' and started_at >= $__timeFrom() and started_at < $__timeTo()
