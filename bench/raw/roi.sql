-- The question of the return on investment asked of raw events: conversations, and those that the AI resolved.
-- $1 store_id uuid | $2 from timestamptz | $3 to timestamptz | $4 zone text
-- Events of a day around the range are read too, so that a conversation at an edge is taken or left as a whole.
with conversations as (
    select conversation_id,
           min(created_at) as started_at,
           -- What the customer says after an outcome opens the conversation again.
           last(event_type, created_at) filter (where event_type in ('conversation_resolved', 'conversation_escalated',
                                                                     'conversation_abandoned', 'message_received')) as outcome,
           bool_or(event_type = 'conversation_escalated' or event_data ->> 'agent' = 'human') as is_by_people
    from conversation_events
    where store_id = $1::uuid
      and created_at >= $2::timestamptz - interval '1 day' and created_at < $3::timestamptz + interval '1 day'
    group by conversation_id
)
select (started_at at time zone $4::text)::date as day,
       count(*) as total_conversations,
       count(*) filter (where outcome = 'conversation_resolved' and not is_by_people) as ai_resolved_conversations
from conversations
where started_at >= $2::timestamptz and started_at < $3::timestamptz
group by day
order by day
