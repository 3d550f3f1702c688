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
-- How often the customer wrote in the week after. A window, because a join may be planned as a loop over all messages.
followed as (
    select conversation_id,
           count(written_at) over (partition by customer_id order by at
                                   range between interval '1 microsecond' following and interval '7 days' following) as messages_after
    from (
        select conversation_id, customer_id, resolved_at as at, null::timestamptz as written_at
        from resolved
        where is_ai_resolved
        union all
        select null, customer_id, created_at, created_at
        from conversation_events
        where store_id = $1::uuid and event_type = 'message_received' and customer_id is not null
          and created_at >= $2::timestamptz and created_at < $3::timestamptz + interval '8 days'
    ) m
),
saved as (
    select r.*, f.messages_after = 0 as is_low
    from resolved r
    left join (select * from followed where conversation_id is not null) f using (conversation_id)
)
select (c.started_at at time zone $4::text)::date as day,
       count(*) as total_conversations,
       count(*) filter (where s.is_ai_resolved) as ai_resolved_conversations,
       count(*) filter (where s.is_low) as low,
       count(*) filter (where s.is_high) as high
from conversations c
left join saved s using (conversation_id)
where c.started_at >= $2::timestamptz and c.started_at < $3::timestamptz
group by day
order by day
