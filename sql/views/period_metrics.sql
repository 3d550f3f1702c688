-- Every metric of the conversations that started in a range, cut into buckets, for one store, with the sums behind the
-- averages and rates: as analytics.period_metrics for whoever may read all stores, and as tenant.period_metrics, which
-- reads the barriers of schema tenant. One text, so that both have the same numbers.
-- store uuid | from_at timestamptz, inclusive | to_at timestamptz, exclusive
-- | edges timestamptz[]: ascending starts of the buckets, the first of them from_at
-- returns bucket integer (1-based, one row for each edge, empty buckets too), the columns of metric_formulas, and sums
-- bigint (0 where there are no conversations)
-- reads conversation_metrics_15m, conversation_measures, conversations, of the function's own schema
-- One statement without state, so that PostgreSQL inlines it and prunes chunks by the range.
do $do$
declare
    home text;
begin
    foreach home in array array['analytics', 'tenant'] loop
        execute format($function$
create or replace function %1$I.period_metrics(
    store uuid, from_at timestamptz, to_at timestamptz, edges timestamptz[])
returns table (
    bucket integer,
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
    responses bigint, answered_conversations bigint, conversations_with_retrieval bigint,
    response_us bigint, first_response_us bigint, resolution_us bigint, satisfied_responses bigint,
    conversations_with_retrieval_and_click bigint, conversations_with_click bigint, conversations_with_customer bigint)
language sql stable
as $body$
    with
    -- Whole buckets of 15 minutes come from the rollup, the two ends of the range that cut one from conversations.
    measures as (
        select m.bucket, total_conversations, resolved_conversations, escalated_conversations, abandoned_conversations,
               open_conversations, ai_resolved_conversations, reopened_conversations, messages_sent, messages_received,
               response_us, response_count, first_response_us, first_response_count, resolution_us, csat_responses,
               satisfied_responses, knowledge_retrievals, citations_clicked, conversations_with_retrieval,
               conversations_with_retrieval_and_click
        from %1$I.conversation_metrics_15m m
        where m.store_id = store
          and m.bucket >= analytics.bucket_at_or_after(from_at)
          and m.bucket < public.time_bucket(interval '15 minutes', to_at)
        union all
        select m.started_at, total_conversations, resolved_conversations, escalated_conversations, abandoned_conversations,
               open_conversations, ai_resolved_conversations, reopened_conversations, messages_sent, messages_received,
               response_us, response_count, first_response_us, first_response_count, resolution_us, csat_responses,
               satisfied_responses, knowledge_retrievals, citations_clicked, conversations_with_retrieval,
               conversations_with_retrieval_and_click
        from (
            select *
            from %1$I.conversation_measures m
            where m.store_id = store and m.started_at >= from_at
              and m.started_at < least(to_at, analytics.bucket_at_or_after(from_at))
            union all
            select *
            from %1$I.conversation_measures m
            where m.store_id = store and m.started_at < to_at
              and m.started_at >= greatest(public.time_bucket(interval '15 minutes', to_at),
                                           analytics.bucket_at_or_after(from_at))
        ) m
    ),
    sums as (
        select width_bucket(m.bucket, edges) as bucket,
               sum(m.total_conversations)::bigint as total_conversations,
               sum(m.resolved_conversations)::bigint as resolved_conversations,
               sum(m.escalated_conversations)::bigint as escalated_conversations,
               sum(m.abandoned_conversations)::bigint as abandoned_conversations,
               sum(m.open_conversations)::bigint as open_conversations,
               sum(m.ai_resolved_conversations)::bigint as ai_resolved_conversations,
               sum(m.reopened_conversations)::bigint as reopened_conversations,
               sum(m.messages_sent + m.messages_received)::bigint as total_messages,
               sum(m.response_us)::bigint as response_us,
               sum(m.response_count)::bigint as response_count,
               sum(m.first_response_us)::bigint as first_response_us,
               sum(m.first_response_count)::bigint as first_response_count,
               sum(m.resolution_us)::bigint as resolution_us,
               sum(m.csat_responses)::bigint as csat_responses,
               sum(m.satisfied_responses)::bigint as satisfied_responses,
               sum(m.knowledge_retrievals)::bigint as knowledge_retrievals,
               sum(m.citations_clicked)::bigint as citations_clicked,
               sum(m.conversations_with_retrieval)::bigint as conversations_with_retrieval,
               sum(m.conversations_with_retrieval_and_click)::bigint as conversations_with_retrieval_and_click
        from measures m
        group by width_bucket(m.bucket, edges)
    ),
    -- Distinct counts and percentiles cannot be summed.
    exact as (
        select width_bucket(c.started_at, edges) as bucket,
               count(distinct c.customer_id) as unique_customers,
               count(c.customer_id) as conversations_with_customer,
               count(*) filter (where c.citations_clicked > 0) as conversations_with_click,
               percentile_cont(array[0.5, 0.95]) within group (order by c.first_response_us) as first_response_us
        from %1$I.conversations c
        where c.store_id = store and c.started_at >= from_at and c.started_at < to_at
        group by width_bucket(c.started_at, edges)
    )
    select n.bucket, f.*,
           coalesce(s.response_us, 0), coalesce(s.first_response_us, 0), coalesce(s.resolution_us, 0),
           coalesce(s.satisfied_responses, 0), coalesce(s.conversations_with_retrieval_and_click, 0),
           coalesce(e.conversations_with_click, 0), coalesce(e.conversations_with_customer, 0)
    from generate_series(1, cardinality(edges)) as n (bucket)
    left join sums s using (bucket)
    left join exact e using (bucket)
    cross join lateral analytics.metric_formulas(
        s.total_conversations, s.resolved_conversations, s.escalated_conversations, s.abandoned_conversations,
        s.open_conversations, s.ai_resolved_conversations, s.reopened_conversations, s.total_messages, s.response_us,
        s.response_count, s.first_response_us, s.first_response_count, s.resolution_us, s.csat_responses,
        s.satisfied_responses, s.knowledge_retrievals, s.citations_clicked, s.conversations_with_retrieval,
        s.conversations_with_retrieval_and_click, e.unique_customers, e.first_response_us) f
$body$
        $function$, home);
    end loop;
end
$do$;
comment on function analytics.period_metrics(uuid, timestamptz, timestamptz, timestamptz[]) is
    'Every metric of the conversations of a store that started in a range, cut into buckets. The statement behind metrics() and trends(); explain shows its plan.';
comment on function tenant.period_metrics(uuid, timestamptz, timestamptz, timestamptz[]) is
    'Every metric of the conversations that started in a range, cut into buckets, for the store of colloquy.store_id.';
