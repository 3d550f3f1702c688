-- The local ISO weeks that begin in the time range, the latest first.
-- returns "Week of" text (Monday), counts bigint, rates float8 (0 to 1), "First response" float8 (milliseconds)
-- reads stores, weekly_metrics
-- The bounds are constants by the time that weekly_metrics is read, so that it opens the chunks of these weeks only.
select date::text as "Week of", total_conversations as "Conversations", unique_customers as "Customers",
       resolution_rate as "Resolution rate", escalation_rate as "Escalation rate",
       abandonment_rate as "Abandonment rate", csat as "CSAT", avg_first_response_time_ms as "First response"
from weekly_metrics
where store_id = '$store'
  and date >= (select ($__timeFrom()::timestamptz at time zone timezone)::date from stores where store_id = '$store')
  and date <= (select ($__timeTo()::timestamptz at time zone timezone)::date from stores where store_id = '$store')
order by date desc
