-- The question of the return on investment asked of raw events: conversations, those that the AI resolved, and its cases.
-- $1 store_id uuid | $2 from timestamptz | $3 to timestamptz | $4 zone text
-- Events of a day around the range are read too, so that a conversation at an edge is taken or left as a whole.
with conversations as (
    select conversation_id,
           min(created_at) as started_at,
           min(customer_id) as customer_id,
           -- What the customer says after an outcome opens the conversation again.
           last(event_type, created_at) filter (where event_type in ('conversation_resolved', 'conversation_escalated',
                                                                     'conversation_abandoned', 'message_received')) as outcome,
           max(created_at) filter (where event_type = 'conversation_resolved') as resolved_at,
           bool_or(event_type = 'conversation_escalated') as is_escalated,
           coalesce(bool_or(event_data ->> 'agent' = 'human'), false) as has_human_message
    from conversation_events
    where store_id = $1::uuid
      and created_at >= $2::timestamptz - interval '1 day' and created_at < $3::timestamptz + interval '1 day'
    group by conversation_id
),
resolved as (
    select conversation_id, started_at, customer_id, resolved_at,
           not has_human_message and not is_escalated as is_ai_resolved, not has_human_message as is_high
    from conversations
    where outcome = 'conversation_resolved' and started_at >= $2::timestamptz and started_at < $3::timestamptz
),
-- Who did not write again within a week.
low as (
    select (started_at at time zone $4::text)::date as day, count(*) as low
    from resolved r
    where is_ai_resolved
      and not exists (
          select
          from conversation_events m
          where m.store_id = $1::uuid and m.customer_id = r.customer_id and m.event_type = 'message_received'
            and m.created_at >= $2::timestamptz and m.created_at < $3::timestamptz + interval '8 days'
            and m.created_at > r.resolved_at and m.created_at <= r.resolved_at + interval '7 days')
    group by day
),
days as (
    select (c.started_at at time zone $4::text)::date as day,
           count(*) as total_conversations,
           count(*) filter (where r.is_ai_resolved) as ai_resolved_conversations,
           count(*) filter (where r.is_high) as high
    from conversations c
    left join resolved r using (conversation_id)
    where c.started_at >= $2::timestamptz and c.started_at < $3::timestamptz
    group by day
)
select day, total_conversations, ai_resolved_conversations, coalesce(low, 0) as low, high
from days
left join low using (day)
order by day
