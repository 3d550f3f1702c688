-- Metrics of the conversations of a store in each hour, day, ISO week or month of local dates; empty ones too.
-- store uuid | start_date date | end_date date, local days of the store, both inclusive
-- | granularity text, hour, day, week or month
-- returns bucket text (local start of the whole bucket, RFC 3339 with offset), bucket_at timestamptz (the same instant),
-- the columns of metric_formulas, of the requested days only; in order of time
-- reads analytics.period_metrics, local_buckets
-- The numbers of GET /analytics/conversations/trends. Planned for each call, as metrics() is.
create or replace function trends(store uuid, start_date date, end_date date, granularity text default 'day')
returns table (
    bucket text, bucket_at timestamptz,
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
language plpgsql stable
set plan_cache_mode = force_custom_plan
set jit = off
as $$
#variable_conflict use_column
declare
    zone constant text := analytics.store_timezone(store);
    from_at timestamptz;
    to_at timestamptz;
    edges timestamptz[];
    starts timestamptz[];
begin
    perform analytics.check_range(start_date::text, end_date::text, start_date > end_date);
    if granularity is null or granularity not in ('hour', 'day', 'week', 'month') then
        raise exception 'unknown granularity: %', coalesce(granularity, 'null')
            using errcode = 'invalid_parameter_value', detail = 'A trend has buckets of one length.',
                  hint = 'Use hour, day, week or month.';
    end if;
    -- The limit of the API; a local day has 25 hours at most.
    if end_date - start_date + 1 > 20000 or granularity = 'hour' and (end_date - start_date + 1) * 25 > 20000 then
        raise exception 'more than 20000 buckets: % to % by %', start_date, end_date, granularity
            using errcode = 'program_limit_exceeded', detail = 'One call makes 20,000 buckets at most.',
                  hint = 'Shorten the range, or take a coarser granularity.';
    end if;
    select min(b.from_at), max(b.to_at), array_agg(b.from_at order by b.from_at),
           array_agg(b.bucket_at order by b.from_at)
    into from_at, to_at, edges, starts
    from analytics.local_buckets(granularity, start_date, end_date, zone) b;
    return query
        select analytics.local_text(starts[m.bucket], zone), starts[m.bucket],
               m.total_conversations, m.resolved_conversations, m.escalated_conversations, m.abandoned_conversations,
               m.open_conversations, m.ai_resolved_conversations, m.reopened_conversations, m.resolution_rate,
               m.escalation_rate, m.abandonment_rate, m.ai_resolution_rate, m.open_rate, m.avg_response_time_ms,
               m.avg_first_response_time_ms, m.p50_first_response_time_ms, m.p95_first_response_time_ms,
               m.avg_resolution_time_ms, m.total_messages, m.avg_conversation_length, m.unique_customers, m.csat,
               m.csat_responses, m.knowledge_retrievals, m.citations_clicked, m.citation_click_rate, m.responses,
               m.answered_conversations, m.conversations_with_retrieval
        from analytics.period_metrics(store, from_at, to_at, edges) m
        order by m.bucket;
end
$$;
comment on function trends(uuid, date, date, text) is
    'Metrics of each hour, day, ISO week or month of local days of a store, as GET /analytics/conversations/trends has them. Rates are 0 to 1, times milliseconds.';
