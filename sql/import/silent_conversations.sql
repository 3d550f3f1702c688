-- How many conversations that started in a period are open and due to time out.
-- $1 from timestamptz, inclusive | $2 to timestamptz, exclusive
-- returns silent bigint
-- reads conversations, stores
select count(*) as silent
from conversations c
join stores s using (store_id)
where c.outcome = 'open' and c.started_at >= $1::timestamptz and c.started_at < $2::timestamptz
  and c.last_event_at + s.abandon_after <= clock_timestamp()
  and s.archived_at is null
