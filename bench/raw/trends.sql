-- The question of trends by day asked of raw events.
-- $1 store_id uuid | $2 from timestamptz | $3 to timestamptz | $4 zone text
-- Events of a day around the range are read too, so that a conversation at an edge is taken or left as a whole.
with conversations as (
    select conversation_id,
           min(created_at) as started_at,
           min(customer_id) as customer_id,
           -- What the customer says after an outcome opens the conversation again.
           last(event_type, created_at) filter (where event_type in ('conversation_resolved', 'conversation_escalated',
                                                                     'conversation_abandoned', 'message_received')) as outcome,
           bool_or(event_type = 'conversation_escalated' or event_data ->> 'agent' = 'human') as is_by_people,
           count(*) filter (where event_type in ('message_sent', 'message_received')) as messages,
           min(created_at) filter (where event_type = 'message_sent')
               - min(created_at) filter (where event_type = 'message_received') as first_response,
           last((event_data ->> 'rating')::integer, created_at) filter (where event_data ? 'rating') as rating
    from conversation_events
    where store_id = $1::uuid
      and created_at >= $2::timestamptz - interval '1 day' and created_at < $3::timestamptz + interval '1 day'
    group by conversation_id
)
select (started_at at time zone $4::text)::date as day,
       count(*) as total_conversations,
       count(*) filter (where outcome = 'conversation_resolved') as resolved_conversations,
       count(*) filter (where outcome = 'conversation_escalated') as escalated_conversations,
       count(*) filter (where outcome = 'conversation_abandoned') as abandoned_conversations,
       count(*) filter (where outcome = 'conversation_resolved' and not is_by_people) as ai_resolved_conversations,
       sum(messages) as total_messages,
       count(distinct customer_id) as unique_customers,
       count(rating) as csat_responses,
       percentile_cont(array[0.5, 0.95]) within group (order by first_response) as first_response
from conversations
where started_at >= $2::timestamptz and started_at < $3::timestamptz
group by day
order by day
