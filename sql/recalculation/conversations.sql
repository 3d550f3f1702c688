-- The conversations with a raw event or a start between two instants, the earliest first.
-- Without those that have had events before raw_complete_from: which copy of a repeated event came first cannot be told
-- any more, so they stay as they are.
-- $1 store_id uuid, null for all | $2 from timestamptz, inclusive | $3 to timestamptz, exclusive
-- returns store_id uuid, conversation_id uuid, first_at timestamptz (of these events and starts)
-- reads conversation_events, conversations, conversation_weeks, installation
select store_id, conversation_id, min(first_at) as first_at
from (
    select store_id, conversation_id, min(created_at) as first_at
    from conversation_events
    where created_at >= $2::timestamptz and created_at < $3::timestamptz and ($1::uuid is null or store_id = $1::uuid)
    group by store_id, conversation_id
    union all
    select store_id, conversation_id, started_at
    from conversations
    where started_at >= $2::timestamptz and started_at < $3::timestamptz and ($1::uuid is null or store_id = $1::uuid)
) as touched
where not exists (
    select from conversation_weeks w
    where w.store_id = touched.store_id and w.conversation_id = touched.conversation_id
      and w.week_at < (select raw_complete_from from installation)
    offset 0 -- keeps it a look-up per conversation
)
group by store_id, conversation_id
order by first_at, store_id, conversation_id
