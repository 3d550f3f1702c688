-- Sums over the conversations that started in a range, cut into buckets, for one store: as analytics.period_sums for
-- whoever may read all stores, and as tenant.period_sums, which reads the barriers of schema tenant.
-- store uuid | from_at timestamptz, inclusive | to_at timestamptz, exclusive
-- | edges timestamptz[]: ascending starts of the buckets, the first of them from_at
-- returns bucket integer (1-based), sums bigint as in conversation_metrics_15m; no row of a bucket without conversations,
-- or one of zeros
-- reads settled_days, conversation_metrics_15m_settled, conversation_measures, rollup_pending, of the function's own schema
-- Planning is most of the time for a small store. Hence three functions: what reads plain tables is planned once a
-- session; what reads chunks is planned for its range, and only if the range is not all of settled days.
do $do$
declare
    home text;
begin
    foreach home in array array['analytics', 'tenant'] loop
        -- From where each part of a range is to be read: whole settled days that belong to one bucket, whole buckets of
        -- 15 minutes as far as the rollup reaches, and the rest from conversations. What has changed since days and rollup
        -- took it in is of the rest.
        execute format($function$
create or replace function %1$I.period_parts(store uuid, from_at timestamptz, to_at timestamptz, edges timestamptz[])
returns table (
    days timestamptz[], rollup_starts timestamptz[], rollup_ends timestamptz[], live_starts timestamptz[],
    live_ends timestamptz[])
language plpgsql stable rows 1
set plan_cache_mode = force_generic_plan
as $body$
declare
    asked constant tstzmultirange := tstzmultirange(tstzrange(from_at, to_at));
    pending tstzmultirange;
    others tstzmultirange;
    rollup tstzmultirange;
begin
    select coalesce(range_agg(tstzrange(p.bucket, p.bucket + interval '15 minutes')), '{}') into pending
    from %1$I.rollup_pending p
    where p.store_id = store and p.bucket > lower(asked) - interval '15 minutes' and p.bucket < upper(asked);

    select array_agg(d.from_at), asked - coalesce(range_agg(tstzrange(d.from_at, d.to_at)), '{}') into days, others
    from %1$I.settled_days d
    where d.store_id = store and d.from_at >= lower(asked) and d.from_at < upper(asked) and d.to_at <= upper(asked)
      and width_bucket(d.from_at, edges) = width_bucket(d.to_at - interval '1 microsecond', edges)
      and not tstzrange(d.from_at, d.to_at) && pending;

    -- An edge within 15 minutes, as the elapsed point of the period before, cuts a bucket that the rollup has whole.
    select coalesce(range_agg(tstzrange(b.first_at, b.end_at)) filter (where b.first_at < b.end_at), '{}') - pending
           - (select coalesce(range_agg(tstzrange(e.bucket, e.bucket + interval '15 minutes')), '{}')
              from (select e.at, public.time_bucket(interval '15 minutes', e.at) as bucket from unnest(edges) as e (at)) e
              where e.bucket < e.at)
    into rollup
    from unnest(others) as o (part)
    cross join lateral (
        select analytics.bucket_at_or_after(lower(o.part)),
               least(public.time_bucket(interval '15 minutes', upper(o.part)), analytics.rollup_refreshed_to())
    ) as b (first_at, end_at);
    -- As arrays, of which the planner knows how long they are.
    select array_agg(lower(r.part)), array_agg(upper(r.part)) into rollup_starts, rollup_ends
    from unnest(rollup) as r (part);
    select array_agg(lower(l.part)), array_agg(upper(l.part)) into live_starts, live_ends
    from unnest(others - rollup) as l (part);
    return next;
end
$body$
        $function$, home);

        execute format($function$
create or replace function %1$I.settled_sums(store uuid, days timestamptz[], edges timestamptz[])
returns table (
    bucket integer,
    total_conversations bigint, resolved_conversations bigint, escalated_conversations bigint,
    abandoned_conversations bigint, open_conversations bigint, ai_resolved_conversations bigint,
    reopened_conversations bigint, total_messages bigint, response_us bigint, response_count bigint,
    first_response_us bigint, first_response_count bigint, resolution_us bigint, csat_responses bigint,
    satisfied_responses bigint, knowledge_retrievals bigint, citations_clicked bigint,
    conversations_with_retrieval bigint, conversations_with_retrieval_and_click bigint)
language plpgsql stable rows 30
set plan_cache_mode = force_generic_plan
as $body$
begin
    return query
        select width_bucket(d.from_at, edges),
               sum(d.total_conversations)::bigint, sum(d.resolved_conversations)::bigint,
               sum(d.escalated_conversations)::bigint, sum(d.abandoned_conversations)::bigint,
               sum(d.open_conversations)::bigint, sum(d.ai_resolved_conversations)::bigint,
               sum(d.reopened_conversations)::bigint, sum(d.messages_sent + d.messages_received)::bigint,
               sum(d.response_us)::bigint, sum(d.response_count)::bigint, sum(d.first_response_us)::bigint,
               sum(d.first_response_count)::bigint, sum(d.resolution_us)::bigint, sum(d.csat_responses)::bigint,
               sum(d.satisfied_responses)::bigint, sum(d.knowledge_retrievals)::bigint,
               sum(d.citations_clicked)::bigint, sum(d.conversations_with_retrieval)::bigint,
               sum(d.conversations_with_retrieval_and_click)::bigint
        from %1$I.settled_days d
        where d.store_id = store and d.from_at = any (days)
        group by 1;
end
$body$
        $function$, home);

        execute format($function$
create or replace function %1$I.period_sums(store uuid, from_at timestamptz, to_at timestamptz, edges timestamptz[])
returns table (
    bucket integer,
    total_conversations bigint, resolved_conversations bigint, escalated_conversations bigint,
    abandoned_conversations bigint, open_conversations bigint, ai_resolved_conversations bigint,
    reopened_conversations bigint, total_messages bigint, response_us bigint, response_count bigint,
    first_response_us bigint, first_response_count bigint, resolution_us bigint, csat_responses bigint,
    satisfied_responses bigint, knowledge_retrievals bigint, citations_clicked bigint,
    conversations_with_retrieval bigint, conversations_with_retrieval_and_click bigint)
language plpgsql stable rows 30
set plan_cache_mode = force_custom_plan
set jit = off
as $body$
#variable_conflict use_column
declare
    parts record;
    -- Beyond all chunks where there is nothing to read.
    rollup_from timestamptz;
    rollup_to timestamptz;
    live_from timestamptz;
    live_to timestamptz;
begin
    select * into parts from %1$I.period_parts(store, from_at, to_at, edges);
    if parts.rollup_starts is null and parts.live_starts is null then
        return query select * from %1$I.settled_sums(store, parts.days, edges);
        return;
    end if;
    rollup_from := coalesce(parts.rollup_starts[1], 'infinity');
    rollup_to := coalesce(parts.rollup_ends[cardinality(parts.rollup_ends)], 'infinity');
    live_from := coalesce(parts.live_starts[1], 'infinity');
    live_to := coalesce(parts.live_ends[cardinality(parts.live_ends)], 'infinity');

    return query
        select m.bucket,
               sum(m.total_conversations)::bigint, sum(m.resolved_conversations)::bigint,
               sum(m.escalated_conversations)::bigint, sum(m.abandoned_conversations)::bigint,
               sum(m.open_conversations)::bigint, sum(m.ai_resolved_conversations)::bigint,
               sum(m.reopened_conversations)::bigint, sum(m.total_messages)::bigint, sum(m.response_us)::bigint,
               sum(m.response_count)::bigint, sum(m.first_response_us)::bigint, sum(m.first_response_count)::bigint,
               sum(m.resolution_us)::bigint, sum(m.csat_responses)::bigint, sum(m.satisfied_responses)::bigint,
               sum(m.knowledge_retrievals)::bigint, sum(m.citations_clicked)::bigint,
               sum(m.conversations_with_retrieval)::bigint, sum(m.conversations_with_retrieval_and_click)::bigint
        from (
            select * from %1$I.settled_sums(store, parts.days, edges) d
            union all
            select width_bucket(r.bucket, edges), total_conversations, resolved_conversations, escalated_conversations,
                   abandoned_conversations, open_conversations, ai_resolved_conversations, reopened_conversations,
                   messages_sent + messages_received, response_us, response_count, first_response_us,
                   first_response_count, resolution_us, csat_responses, satisfied_responses, knowledge_retrievals,
                   citations_clicked, conversations_with_retrieval, conversations_with_retrieval_and_click
            from unnest(parts.rollup_starts, parts.rollup_ends) as o (from_at, to_at)
            cross join lateral (
                select *
                from %1$I.conversation_metrics_15m_settled r
                where r.store_id = store and r.bucket >= o.from_at and r.bucket < o.to_at
                  and r.bucket >= rollup_from and r.bucket < rollup_to
                offset 0 -- keeps it a look-up for each range, through the barrier
            ) r
            union all
            select width_bucket(c.started_at, edges), total_conversations, resolved_conversations,
                   escalated_conversations, abandoned_conversations, open_conversations, ai_resolved_conversations,
                   reopened_conversations, messages_sent + messages_received, response_us, response_count,
                   first_response_us, first_response_count, resolution_us, csat_responses, satisfied_responses,
                   knowledge_retrievals, citations_clicked, conversations_with_retrieval,
                   conversations_with_retrieval_and_click
            from unnest(parts.live_starts, parts.live_ends) as o (from_at, to_at)
            cross join lateral (
                select *
                from %1$I.conversation_measures c
                where c.store_id = store and c.started_at >= o.from_at and c.started_at < o.to_at
                  and c.started_at >= live_from and c.started_at < live_to
                offset 0
            ) c
        ) m
        group by m.bucket;
end
$body$
        $function$, home);
    end loop;
end
$do$;
comment on function analytics.period_parts(uuid, timestamptz, timestamptz, timestamptz[]) is
    'From where each part of a range is to be read, for one store: settled days, the rollup, conversations.';
comment on function analytics.settled_sums(uuid, timestamptz[], timestamptz[]) is
    'Sums over settled days, for one store, cut into buckets.';
comment on function analytics.period_sums(uuid, timestamptz, timestamptz, timestamptz[]) is
    'Sums over the conversations that started in a range, cut into buckets, for one store; exact at commit.';
comment on function tenant.period_parts(uuid, timestamptz, timestamptz, timestamptz[]) is
    'From where each part of a range is to be read, for the store of colloquy.store_id: settled days, the rollup, conversations.';
comment on function tenant.settled_sums(uuid, timestamptz[], timestamptz[]) is
    'Sums over settled days, for the store of colloquy.store_id, cut into buckets.';
comment on function tenant.period_sums(uuid, timestamptz, timestamptz, timestamptz[]) is
    'Sums over the conversations that started in a range, cut into buckets, for the store of colloquy.store_id; exact at commit.';
