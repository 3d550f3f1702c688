-- Metrics of the conversations of a store that started in [from_at, to_at), read from conversations.
-- store uuid | from_at timestamptz, inclusive | to_at timestamptz, exclusive
-- returns counts bigint, averages in milliseconds float8 (null without answers), rates float8 (0 to 1, null without
-- conversations)
-- One statement without state, so that PostgreSQL inlines it into the views and prunes chunks by its range.
create or replace function conversation_metrics(store uuid, from_at timestamptz, to_at timestamptz)
returns table (
    total_conversations bigint, resolved_conversations bigint, escalated_conversations bigint,
    abandoned_conversations bigint, avg_response_time_ms float8, total_messages bigint, unique_customers bigint,
    open_conversations bigint, ai_resolved_conversations bigint, reopened_conversations bigint,
    resolution_rate float8, escalation_rate float8, abandonment_rate float8, avg_first_response_time_ms float8,
    csat_responses bigint, csat float8, knowledge_retrievals bigint, citations_clicked bigint)
language sql stable
as $$
    select count(*) as total_conversations,
           count(*) filter (where outcome = 'resolved') as resolved_conversations,
           count(*) filter (where outcome = 'escalated') as escalated_conversations,
           count(*) filter (where outcome = 'abandoned') as abandoned_conversations,
           sum(response_us)::float8 / 1000 / nullif(sum(response_count), 0) as avg_response_time_ms,
           coalesce(sum(messages_sent + messages_received), 0) as total_messages,
           count(distinct customer_id) as unique_customers,
           count(*) filter (where outcome = 'open') as open_conversations,
           count(*) filter (where ai_resolved) as ai_resolved_conversations,
           count(*) filter (where reopened_at is not null) as reopened_conversations,
           avg((outcome = 'resolved')::integer)::float8 as resolution_rate,
           avg((outcome = 'escalated')::integer)::float8 as escalation_rate,
           avg((outcome = 'abandoned')::integer)::float8 as abandonment_rate,
           sum(first_response_us)::float8 / 1000 / nullif(count(first_response_us), 0) as avg_first_response_time_ms,
           count(rating) as csat_responses,
           count(*) filter (where rating >= 4)::float8 / nullif(count(rating), 0) as csat,
           coalesce(sum(knowledge_retrievals), 0) as knowledge_retrievals,
           coalesce(sum(citations_clicked), 0) as citations_clicked
    from analytics.conversations c
    where c.store_id = store and c.started_at >= from_at and c.started_at < to_at
$$;
comment on function conversation_metrics(uuid, timestamptz, timestamptz) is
    'Metrics of the conversations of a store that started in a range, read from conversations.';
