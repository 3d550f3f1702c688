-- From sums over conversations to metrics: the one place where the formulas of the API stand.
-- Sums as in conversation_metrics_15m, null where there are no conversations: counts and *_us (microseconds) bigint;
-- messages are those sent and received, customers distinct ones, percentiles the median and the 95th of first responses
-- returns counts bigint, times in milliseconds float8, rates float8 (0 to 1), null where there is nothing to divide by
-- One expression a column, so that PostgreSQL inlines it into the statement around it.
create or replace function metric_formulas(
    total bigint, resolved bigint, escalated bigint, abandoned bigint, open bigint, ai_resolved bigint, reopened bigint,
    messages bigint, response_us bigint, response_count bigint, first_response_us bigint, first_response_count bigint,
    resolution_us bigint, ratings bigint, satisfied bigint, retrievals bigint, clicks bigint, with_retrieval bigint,
    with_retrieval_and_click bigint, customers bigint, first_response_percentiles_us float8[])
returns table (
    total_conversations bigint, resolved_conversations bigint, escalated_conversations bigint,
    abandoned_conversations bigint, open_conversations bigint, ai_resolved_conversations bigint,
    reopened_conversations bigint,
    resolution_rate float8, escalation_rate float8, abandonment_rate float8, ai_resolution_rate float8,
    open_rate float8,
    avg_response_time_ms float8, avg_first_response_time_ms float8, p50_first_response_time_ms float8,
    p95_first_response_time_ms float8, avg_resolution_time_ms float8,
    total_messages bigint, avg_conversation_length float8, unique_customers bigint,
    csat float8, csat_responses bigint, knowledge_retrievals bigint, citations_clicked bigint,
    citation_click_rate float8,
    responses bigint, answered_conversations bigint, conversations_with_retrieval bigint)
language sql immutable
as $$
    select coalesce(total, 0), coalesce(resolved, 0), coalesce(escalated, 0), coalesce(abandoned, 0),
           coalesce(open, 0), coalesce(ai_resolved, 0), coalesce(reopened, 0),
           resolved::float8 / nullif(total, 0),
           escalated::float8 / nullif(total, 0),
           abandoned::float8 / nullif(total, 0),
           ai_resolved::float8 / nullif(total, 0),
           open::float8 / nullif(total, 0),
           response_us::float8 / 1000 / nullif(response_count, 0),
           first_response_us::float8 / 1000 / nullif(first_response_count, 0),
           first_response_percentiles_us[1] / 1000,
           first_response_percentiles_us[2] / 1000,
           resolution_us::float8 / 1000 / nullif(resolved, 0),
           coalesce(messages, 0),
           messages::float8 / nullif(total, 0),
           coalesce(customers, 0),
           satisfied::float8 / nullif(ratings, 0),
           coalesce(ratings, 0), coalesce(retrievals, 0), coalesce(clicks, 0),
           with_retrieval_and_click::float8 / nullif(with_retrieval, 0),
           coalesce(response_count, 0), coalesce(first_response_count, 0), coalesce(with_retrieval, 0)
$$;
comment on function metric_formulas(
    bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint,
    bigint, bigint, bigint, bigint, bigint, bigint, float8[]) is
    'From sums over conversations to metrics: the one place where the formulas of the API stand.';
