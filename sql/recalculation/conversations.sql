-- The conversations with a raw event or a start between two instants, the earliest first.
-- $1 store_id uuid, null for all | $2 from timestamptz, inclusive | $3 to timestamptz, exclusive
-- returns store_id uuid, conversation_id uuid, first_at timestamptz (of these events and starts)
-- reads conversation_events, conversations
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
group by store_id, conversation_id
order by first_at, store_id, conversation_id
