-- How many rows of some conversations are frozen and were made of more events than are present now.
-- $1 store_ids uuid[] | $2 conversation_ids uuid[] (pairs, each once)
-- $3 from timestamptz, $4 to timestamptz: rows that started in [from, to)
-- returns frozen bigint
-- reads conversation_weeks, conversations, conversation_events, installation
select count(*) as frozen
from unnest($1::uuid[], $2::uuid[]) as t (store_id, conversation_id)
join conversation_weeks w using (store_id, conversation_id)
cross join lateral (
    select c.started_at, c.event_count
    from conversations c
    where c.store_id = w.store_id and c.conversation_id = w.conversation_id
      and c.started_at >= w.week_at and c.started_at < w.week_at + interval '168 hours'
      and c.started_at >= $3::timestamptz and c.started_at < $4::timestamptz
    offset 0 -- keeps it a look-up per week
) as c
where c.started_at < (select raw_complete_from from installation)
  and c.event_count > (
      select count(distinct e.event_id)
      from conversation_events e
      where e.store_id = t.store_id and e.conversation_id = t.conversation_id
        and e.created_at >= c.started_at and e.created_at < c.started_at + interval '720 hours'
        and e.created_at >= $3::timestamptz and e.created_at < $4::timestamptz + interval '720 hours'
        and not (e.event_type = 'conversation_abandoned' and e.event_data ->> 'reason' is not distinct from 'timeout'))
