-- Whether a conversation is there with at least so many events.
-- $1 store_id uuid | $2 conversation_id uuid | $3 started_at timestamptz | $4 event_count bigint
-- returns is_there boolean
-- reads conversations
select exists (
    select from conversations
    where store_id = $1::uuid and conversation_id = $2::uuid and started_at = $3::timestamptz
      and event_count >= $4::bigint) as is_there
