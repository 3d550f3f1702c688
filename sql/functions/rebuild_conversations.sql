-- The rule from events to conversations: rebuilds every row of some conversations from all their events.
-- store_ids uuid[], conversation_ids uuid[]: pairs, repeats allowed | replace_frozen boolean: see below
-- returns the frozen rows that were kept although events of theirs are present: store_id, conversation_id, started_at
-- The caller holds lock_conversations. Rows that started before installation.raw_complete_from are frozen, because
-- events of theirs may have been dropped. With replace_frozen, which import uses, a frozen row gives way where at
-- least as many of its events are present again.
create or replace function rebuild_conversations(
    store_ids uuid[], conversation_ids uuid[], replace_frozen boolean default false)
returns table (store_id uuid, conversation_id uuid, started_at timestamptz)
language plpgsql volatile
set search_path = analytics, public, pg_temp
-- Planned for the range at hand. The planner takes every step for a few rows, and would compare thousands of
-- conversations with each other in nested loops; the look-ups by index below have no other plan anyway.
set plan_cache_mode = force_custom_plan
set enable_nestloop = off
set jit = off
as $$
#variable_conflict use_column
declare
    complete_from timestamptz;
    span_from timestamptz;
    span_to timestamptz;
begin
    select raw_complete_from into strict complete_from from installation;

    -- The range is known before the statement is planned, so that it locks and opens no chunk outside of it.
    select min(w.week_at), max(w.week_at) + interval '168 hours' into span_from, span_to
    from (
        select distinct t.store_id, t.conversation_id
        from unnest(store_ids, conversation_ids) as t (store_id, conversation_id)
    ) t
    cross join lateral (
        select w.week_at
        from conversation_weeks w
        where w.store_id = t.store_id and w.conversation_id = t.conversation_id
        offset 0 -- a look-up each: as a join it would read the weeks of all conversations (600 ms with 3 million)
    ) w;
    if not replace_frozen then
        span_from := greatest(span_from, complete_from - interval '720 hours');
    end if;

    return query
    with recursive
    touched as materialized (
        select distinct t.store_id, t.conversation_id
        from unnest(store_ids, conversation_ids) as t (store_id, conversation_id)
    ),
    present as materialized (
        select e.*,
               e.event_type = 'conversation_abandoned' and e.event_data ->> 'reason' is not distinct from 'timeout'
                   as is_timeout
        from touched t
        cross join lateral (
            select *
            from conversation_events e
            where e.conversation_id = t.conversation_id
              and e.created_at >= span_from and e.created_at < span_to
              and (replace_frozen or e.created_at >= complete_from)
              -- Not an equality, which would let a new chunk without statistics be searched by store (2 ms instead of
              -- 2 us each).
              and e.store_id is not distinct from t.store_id
            offset 0 -- keeps it a look-up per conversation
        ) e
    ),
    -- Of several copies of an event the earliest counts.
    distinct_events as materialized (
        select distinct on (store_id, conversation_id, event_id) *
        from present
        where not is_timeout
        order by store_id, conversation_id, event_id, created_at
    ),
    existing as materialized (
        select c.store_id, c.conversation_id, c.started_at, c.event_count
        from touched t
        cross join lateral (
            select *
            from conversations c
            where c.conversation_id = t.conversation_id
              and c.started_at >= span_from and c.started_at < span_to
              and c.store_id is not distinct from t.store_id -- as above
            offset 0
        ) c
    ),
    kept as materialized (
        select x.store_id, x.conversation_id, x.started_at
        from existing x
        where x.started_at < complete_from
          and (not replace_frozen
               or x.event_count > (select count(*)
                                   from distinct_events e
                                   where e.store_id = x.store_id and e.conversation_id = x.conversation_id
                                     and e.created_at >= x.started_at
                                     and e.created_at < x.started_at + interval '720 hours'))
    ),
    -- What a frozen row has counted already starts no other row.
    counted as materialized (
        select e.*
        from distinct_events e
        where not exists (
            select from kept k
            where k.store_id = e.store_id and k.conversation_id = e.conversation_id
              and e.created_at >= k.started_at and e.created_at < k.started_at + interval '720 hours')
    ),
    -- Only conversations that span 720 hours can have a second row, and only they take part in the recursion.
    long_conversations as materialized (
        select store_id, conversation_id, array_agg(created_at) as event_times
        from counted
        group by store_id, conversation_id
        having max(created_at) >= min(created_at) + interval '720 hours'
    ),
    starts as (
        select store_id, conversation_id, min(created_at) as started_at
        from counted
        group by store_id, conversation_id
        union all
        select s.store_id, s.conversation_id, later.started_at
        from starts s
        join long_conversations l using (store_id, conversation_id)
        cross join lateral (
            select min(event_time) as started_at
            from unnest(l.event_times) as t (event_time)
            where event_time >= s.started_at + interval '720 hours'
        ) later
        where later.started_at is not null
    ),
    spans as materialized (
        select *, lead(started_at) over (partition by store_id, conversation_id order by started_at) as next_started_at
        from starts
    ),
    -- Events in their row; those between two answers, and between two outcomes, share a number.
    placed as (
        select s.started_at, e.*,
               count(*) filter (where e.event_type = 'message_sent') over before_it as answers_before,
               count(*) filter (where e.event_type in
                   ('conversation_resolved', 'conversation_escalated', 'conversation_abandoned')) over before_it
                   as outcomes_before
        from counted e
        join spans s on s.store_id = e.store_id and s.conversation_id = e.conversation_id
                    and e.created_at >= s.started_at
                    and (e.created_at < s.next_started_at or s.next_started_at is null)
        window before_it as (partition by e.store_id, e.conversation_id, s.started_at
                             order by e.created_at, e.event_id
                             rows between unbounded preceding and 1 preceding)
    ),
    -- A message of the customer waits for the next answer; the first after an outcome reopens the conversation.
    followed as (
        select *,
               min(created_at) filter (where event_type = 'message_received') over (
                   partition by store_id, conversation_id, started_at, answers_before) as waiting_since,
               min(created_at) filter (where event_type = 'message_received' and outcomes_before > 0) over (
                   partition by store_id, conversation_id, started_at, outcomes_before) as reopening_at
        from placed
    ),
    gathered as (
        select store_id, conversation_id, started_at,
               max(created_at) as last_event_at,
               array_agg(customer_id order by created_at, event_id)
                   filter (where customer_id is not null) as customers,
               array_agg(event_data ->> 'channel' order by created_at, event_id)
                   filter (where event_data ->> 'channel' is not null) as channels,
               array_agg(event_data ->> 'language' order by created_at, event_id)
                   filter (where event_data ->> 'language' is not null) as languages,
               array_agg((event_data ->> 'rating')::numeric::smallint order by created_at, event_id)
                   filter (where event_data ->> 'rating' is not null) as ratings,
               array_agg(event_type order by created_at, event_id)
                   filter (where event_type in
                       ('conversation_resolved', 'conversation_escalated', 'conversation_abandoned')) as outcomes,
               array_agg(created_at order by created_at, event_id)
                   filter (where event_type in
                       ('conversation_resolved', 'conversation_escalated', 'conversation_abandoned')) as outcome_times,
               max(outcomes_before) filter (where event_type = 'message_received') as outcomes_before_last_received,
               max(reopening_at) as reopened_at,
               count(*) filter (where event_type = 'message_sent') as messages_sent,
               count(*) filter (where event_type = 'message_sent' and event_data ->> 'agent' = 'human')
                   as human_messages_sent,
               count(*) filter (where event_type = 'message_received') as messages_received,
               range_agg(tstzrange(created_at - interval '168 hours', created_at))
                   filter (where event_type = 'message_received') as contact_windows,
               array_agg(coalesce(response_us, (extract(epoch from created_at - waiting_since) * 1000000)::bigint)
                         order by created_at, event_id)
                   filter (where event_type = 'message_sent' and waiting_since is not null) as responses_us,
               count(*) filter (where event_type = 'knowledge_retrieved') as knowledge_retrievals,
               count(*) filter (where event_type = 'citation_clicked') as citations_clicked,
               count(*) as event_count
        from followed
        group by store_id, conversation_id, started_at
    ),
    topics as (
        select store_id, conversation_id, started_at,
               array_agg(row(topic, retrievals, best_confidence, first_at, last_at)::topic_retrievals order by topic)
                   as topics
        from (
            select store_id, conversation_id, started_at, left(event_data ->> 'topic', 255) collate "C" as topic,
                   count(*)::integer as retrievals, max((event_data ->> 'confidence')::numeric) as best_confidence,
                   min(created_at) as first_at, max(created_at) as last_at
            from placed
            where event_type = 'knowledge_retrieved' and event_data ->> 'topic' <> ''
            group by store_id, conversation_id, started_at, left(event_data ->> 'topic', 255) collate "C"
        ) as by_topic
        group by store_id, conversation_id, started_at
    ),
    timeouts as (
        select store_id, conversation_id, (event_data ->> 'after')::timestamptz as after_at, min(created_at) as timed_out_at
        from present
        where is_timeout
        group by store_id, conversation_id, after_at
    ),
    fresh as materialized (
        select g.*, t.timed_out_at, r.topics,
               case
                   when coalesce(cardinality(outcomes), 0) = outcomes_before_last_received
                     or outcomes is null then 'open'
                   else replace(outcomes[cardinality(outcomes)], 'conversation_', '')
               end as event_outcome
        from gathered g
        left join timeouts t on t.store_id = g.store_id and t.conversation_id = g.conversation_id
                            and t.after_at = g.last_event_at
        left join topics r on r.store_id = g.store_id and r.conversation_id = g.conversation_id
                          and r.started_at = g.started_at
    ),
    -- Deleted one by one through the index; as a join it would read whole chunks.
    deleted as materialized (
        select x.store_id, x.started_at, delete_conversation(x.store_id, x.conversation_id, x.started_at)
        from existing x
        left join kept k on (k.store_id, k.conversation_id, k.started_at)
                          = (x.store_id, x.conversation_id, x.started_at)
        left join fresh f on (f.store_id, f.conversation_id, f.started_at)
                           = (x.store_id, x.conversation_id, x.started_at)
        where k.store_id is null and f.store_id is null
    ),
    written as (
        insert into conversations as c (
            store_id, conversation_id, started_at, last_event_at, customer_id, channel, language, outcome, outcome_at,
            ai_resolved, reopened_at, messages_sent, messages_received, response_us, response_count,
            first_response_us, rating, knowledge_retrievals, citations_clicked, event_count, human_messages_sent,
            contact_windows, topics)
        select store_id, conversation_id, started_at, last_event_at, customers[1], channels[1], languages[1],
               case when event_outcome = 'open' and timed_out_at is not null then 'abandoned' else event_outcome end,
               case when event_outcome = 'open' then timed_out_at else outcome_times[cardinality(outcome_times)] end,
               event_outcome = 'resolved' and human_messages_sent = 0
                   and 'conversation_escalated' <> all (outcomes),
               reopened_at, messages_sent, messages_received,
               coalesce((select sum(us) from unnest(responses_us) as r (us)), 0),
               coalesce(cardinality(responses_us), 0), responses_us[1],
               ratings[cardinality(ratings)], knowledge_retrievals, citations_clicked, event_count, human_messages_sent,
               coalesce(contact_windows, '{}'), coalesce(topics, '{}')
        from fresh
        order by store_id, started_at
        on conflict (store_id, conversation_id, started_at) do update set
            last_event_at = excluded.last_event_at,
            customer_id = excluded.customer_id,
            channel = excluded.channel,
            language = excluded.language,
            outcome = excluded.outcome,
            outcome_at = excluded.outcome_at,
            ai_resolved = excluded.ai_resolved,
            reopened_at = excluded.reopened_at,
            messages_sent = excluded.messages_sent,
            messages_received = excluded.messages_received,
            response_us = excluded.response_us,
            response_count = excluded.response_count,
            first_response_us = excluded.first_response_us,
            rating = excluded.rating,
            knowledge_retrievals = excluded.knowledge_retrievals,
            citations_clicked = excluded.citations_clicked,
            event_count = excluded.event_count,
            human_messages_sent = excluded.human_messages_sent,
            contact_windows = excluded.contact_windows,
            topics = excluded.topics
        where c is distinct from excluded
        returning c.store_id, c.started_at
    ),
    -- The aggregate holds buckets up to 48 hours ago; the hour between covers the length of a transaction.
    marked as (
        insert into rollup_pending (store_id, bucket)
        select distinct store_id, time_bucket('15 minutes', started_at)
        from (
            select store_id, started_at from deleted
            union all
            select store_id, started_at from written
        ) as changed
        where started_at < clock_timestamp() - interval '47 hours'
    )
    select k.store_id, k.conversation_id, k.started_at
    from kept k
    where exists (
        select from distinct_events e
        where e.store_id = k.store_id and e.conversation_id = k.conversation_id
          and e.created_at >= k.started_at and e.created_at < k.started_at + interval '720 hours');
end
$$;
comment on function rebuild_conversations(uuid[], uuid[], boolean) is
    'The rule from events to conversations: rebuilds every row of some conversations from all their events. The caller holds lock_conversations.';
