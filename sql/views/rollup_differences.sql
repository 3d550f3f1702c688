-- Compares the rollup conversation_metrics_15m, as readers see it, and settled_days with sums over conversations.
-- store uuid, null for all | from_at timestamptz, inclusive | to_at timestamptz, exclusive, both starts of buckets
-- returns level text, kind text ('missing', 'surplus' or 'changed'), store_id uuid, bucket timestamptz,
-- column_name text (null unless changed), expected text, found text (both null unless changed)
-- reads conversation_metrics_15m, conversation_measures, settled_day_differences
-- Exact only in a snapshot that is older than its plan (repeatable read), as every query of the aggregate. One statement
-- without state, so that PostgreSQL inlines it and prunes chunks.
create or replace function rollup_differences(store uuid, from_at timestamptz, to_at timestamptz)
returns table (level text, kind text, store_id uuid, bucket timestamptz, column_name text, expected text, found text)
language sql stable
as $$
    select 'conversation_metrics_15m',
           case when f.store_id is null then 'missing' when e.store_id is null then 'surplus' else 'changed' end,
           coalesce(f.store_id, e.store_id), coalesce(f.bucket, e.bucket), d.column_name, d.expected, d.found
    from (
        select r.*, count(*) over (partition by r.store_id, r.bucket) as copies
        from analytics.conversation_metrics_15m r
        where r.bucket >= from_at and r.bucket < to_at and (store is null or r.store_id = store)
    ) f
    full join (
        select m.store_id, public.time_bucket(interval '15 minutes', m.started_at) as bucket,
               sum(m.total_conversations)::bigint as total_conversations,
               sum(m.resolved_conversations)::bigint as resolved_conversations,
               sum(m.escalated_conversations)::bigint as escalated_conversations,
               sum(m.abandoned_conversations)::bigint as abandoned_conversations,
               sum(m.open_conversations)::bigint as open_conversations,
               sum(m.ai_resolved_conversations)::bigint as ai_resolved_conversations,
               sum(m.reopened_conversations)::bigint as reopened_conversations,
               sum(m.messages_sent)::bigint as messages_sent,
               sum(m.messages_received)::bigint as messages_received,
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
               sum(m.conversations_with_retrieval_and_click)::bigint as conversations_with_retrieval_and_click,
               1::bigint as copies -- some versions of TimescaleDB have doubled rows
        from analytics.conversation_measures m
        where m.started_at >= from_at and m.started_at < to_at and (store is null or m.store_id = store)
        group by m.store_id, public.time_bucket(interval '15 minutes', m.started_at)
    ) e on e.store_id = f.store_id and e.bucket = f.bucket
    left join lateral (
        select x.key as column_name, x.value as expected, y.value as found
        from jsonb_each_text(to_jsonb(e)) x
        join jsonb_each_text(to_jsonb(f)) y using (key)
        where x.value is distinct from y.value
    ) d on f.store_id is not null and e.store_id is not null
    where f.store_id is null or e.store_id is null or to_jsonb(f) <> to_jsonb(e)
    union all
    select * from analytics.settled_day_differences(store, from_at, to_at)
$$;
comment on function rollup_differences(uuid, timestamptz, timestamptz) is
    'Compares the rollup, as readers see it, and settled_days with sums over conversations, for the buckets of a range. Use it in a repeatable read transaction.';
