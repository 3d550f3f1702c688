-- How many of some events are neither stored nor seen before by this dry run.
-- $1 store_ids uuid[] | $2 conversation_ids uuid[] | $3 event_ids uuid[] | $4 times timestamptz[]
-- $5 from timestamptz, $6 to timestamptz: earliest and latest of the times, inclusive
-- returns new_events bigint
with
unseen as (
    insert into pg_temp.seen_events (store_id, conversation_id, event_id, created_at)
    select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[])
    on conflict do nothing
    returning store_id, created_at, event_id, conversation_id
)
select count(*) as new_events
from unseen u
where not exists (
    select from conversation_events e
    where (e.store_id, e.created_at, e.event_id, e.conversation_id)
        = (u.store_id, u.created_at, u.event_id, u.conversation_id)
      and e.created_at >= $5::timestamptz and e.created_at <= $6::timestamptz)
