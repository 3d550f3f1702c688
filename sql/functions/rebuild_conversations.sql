-- The rule from events to conversations: rebuilds every row of some conversations from their events.
-- store_ids uuid[], conversation_ids uuid[]: pairs, repeats allowed | replace_frozen boolean: see below
-- | event_ids uuid[], times timestamptz[]: what has just been stored, an element for each pair; null to read all events
-- returns the frozen rows that were kept although events of theirs are present: store_id, conversation_id, started_at
-- The caller holds lock_conversations. Rows that started before installation.raw_complete_from are frozen, because
-- events of theirs may have been dropped. With replace_frozen, which import uses, a frozen row gives way where at
-- least as many of its events are present again.
-- Where what has just been stored is later than everything in the conversation's only row, that row is what the earlier
-- events make: it is the seed, and only later events are read. Everything else is made of all events.
create or replace function rebuild_conversations(
    store_ids uuid[], conversation_ids uuid[], replace_frozen boolean default false,
    event_ids uuid[] default null, times timestamptz[] default null)
returns table (store_id uuid, conversation_id uuid, started_at timestamptz)
language plpgsql volatile
set search_path = analytics, public, pg_temp
-- Planned for the range at hand. The planner takes every step for a few rows, and would compare thousands of
-- conversations with each other in nested loops; the look-ups by index below have no other plan anyway.
set plan_cache_mode = force_custom_plan
set enable_nestloop = off
-- The chunks are those of the range already; looking for fewer costs each look-up three times its own time.
set timescaledb.enable_runtime_exclusion = off
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
    -- A number stands for store and conversation: everything below sorts and joins by it.
    touched as materialized (
        select row_number() over () as number, t.store_id, t.conversation_id, min(t.created_at) as stored_from,
               max(t.created_at) as stored_to, array_agg(uuid_hash(t.event_id)) as stored_hashes
        from unnest(store_ids, conversation_ids, event_ids, times) as t (store_id, conversation_id, event_id, created_at)
        group by t.store_id, t.conversation_id
    ),
    existing as materialized (
        select t.number, c.*,
               -- The hashes tell that no stored event is a copy; null means other rows, or too many events.
               coalesce(c.started_at >= complete_from
                        and t.stored_from > c.last_event_at and t.stored_to < c.started_at + interval '720 hours'
                        and not c.event_id_hashes && t.stored_hashes, false) as is_seed
        from touched t
        cross join lateral (
            select *
            from conversations c
            where c.conversation_id = t.conversation_id
              and c.started_at >= span_from and c.started_at < span_to
              -- Not an equality, which would let a new chunk without statistics be searched by store (2 ms instead of
              -- 2 us each).
              and c.store_id is not distinct from t.store_id
            offset 0 -- keeps it a look-up per conversation
        ) c
    ),
    seeds as materialized (
        select *, outcome <> 'open' and not is_timed_out as is_closed
        from existing
        where is_seed
    ),
    -- Taken apart at once, so that nothing below carries the text of an event.
    present as materialized (
        select t.number, e.event_id, e.event_type, e.created_at, e.customer_id, e.response_us,
               e.event_data ->> 'channel' as channel,
               e.event_data ->> 'language' as language,
               (e.event_data ->> 'rating')::numeric::smallint as rating,
               case when e.event_type = 'knowledge_retrieved'
                    then nullif(left(e.event_data ->> 'topic', 255), '') collate "C" end as topic,
               case when e.event_type = 'knowledge_retrieved'
                    then (e.event_data ->> 'confidence')::numeric end as confidence,
               e.event_type = 'message_received' as is_received,
               e.event_type = 'message_sent' as is_sent,
               e.event_type = 'message_sent' and e.event_data ->> 'agent' = 'human' as is_human,
               e.event_type in ('conversation_resolved', 'conversation_escalated', 'conversation_abandoned')
                   as is_outcome,
               case when e.event_type = 'conversation_abandoned' and e.event_data ->> 'reason' = 'timeout'
                    then (e.event_data ->> 'after')::timestamptz end as timeout_after
        from touched t
        left join seeds s using (number)
        cross join lateral (
            select *
            from conversation_events e
            where e.conversation_id = t.conversation_id
              and e.created_at >= span_from and e.created_at < span_to
              and (replace_frozen or e.created_at >= complete_from)
              and e.created_at > coalesce(s.last_event_at, '-infinity')
              and e.store_id is not distinct from t.store_id -- as above
            offset 0
        ) e
        -- A late copy of what the seed has counted.
        where s.number is null or uuid_hash(e.event_id) <> all (s.event_id_hashes)
    ),
    -- Of several copies of an event the earliest counts.
    copied as materialized (
        select number, event_id, min(created_at) as first_at
        from present
        where timeout_after is null
        group by number, event_id
        having count(*) > 1
    ),
    distinct_events as materialized (
        select e.*
        from present e
        where e.timeout_after is null
          and not exists (
            select from copied c
            where c.number = e.number and c.event_id = e.event_id and c.first_at < e.created_at)
    ),
    kept as materialized (
        select x.number, x.started_at
        from existing x
        where x.started_at < complete_from
          and (not replace_frozen
               or x.event_count > (select count(*)
                                   from distinct_events e
                                   where e.number = x.number and e.created_at >= x.started_at
                                     and e.created_at < x.started_at + interval '720 hours'))
    ),
    -- What a frozen row has counted already starts no other row.
    counted as materialized (
        select e.*
        from distinct_events e
        where not exists (
            select from kept k
            where k.number = e.number
              and e.created_at >= k.started_at and e.created_at < k.started_at + interval '720 hours')
    ),
    -- Only conversations that span 720 hours can have a second row, and only they take part in the recursion.
    long_conversations as materialized (
        select number, array_agg(created_at) as event_times
        from counted
        group by number
        having max(created_at) >= min(created_at) + interval '720 hours'
    ),
    starts as (
        select number, min(started_at) as started_at
        from (
            select number, created_at as started_at from counted
            union all
            select number, started_at from seeds
        ) as first_events
        group by number
        union all
        select s.number, later.started_at
        from starts s
        join long_conversations l using (number)
        cross join lateral (
            select min(event_time) as started_at
            from unnest(l.event_times) as t (event_time)
            where event_time >= s.started_at + interval '720 hours'
        ) later
        where later.started_at is not null
    ),
    spans as materialized (
        select s.number, s.started_at,
               lead(s.started_at) over (partition by s.number order by s.started_at) as next_started_at,
               count(*) over (partition by s.number) = 1 and k.number is null as is_only_row
        from starts s
        left join (select distinct number from kept) k using (number)
    ),
    -- Events in their row; those between two answers, and between two outcomes, share a count.
    placed as (
        select p.started_at, e.*, s.waiting_since as seed_waiting_since, coalesce(s.is_closed, false) as seed_is_closed,
               count(*) filter (where e.is_sent) over before_it as answers_before,
               count(*) filter (where e.is_outcome) over before_it as outcomes_before
        from counted e
        join spans p on p.number = e.number and e.created_at >= p.started_at
                    and (e.created_at < p.next_started_at or p.next_started_at is null)
        left join seeds s on s.number = e.number
        window before_it as (partition by e.number, p.started_at order by e.created_at, e.event_id
                             rows between unbounded preceding and 1 preceding)
    ),
    -- A message of the customer waits for the next answer; the first after an outcome reopens the conversation.
    followed as (
        select *,
               least(case when answers_before = 0 then seed_waiting_since end,
                     min(created_at) filter (where is_received) over (
                         partition by number, started_at, answers_before)) as waiting_since,
               min(created_at) filter (where is_received and (outcomes_before > 0 or seed_is_closed)) over (
                   partition by number, started_at, outcomes_before) as reopening_at
        from placed
    ),
    gathered as (
        select number, started_at,
               max(created_at) as last_event_at,
               array_agg(customer_id order by created_at, event_id)
                   filter (where customer_id is not null) as customers,
               array_agg(channel order by created_at, event_id) filter (where channel is not null) as channels,
               array_agg(language order by created_at, event_id) filter (where language is not null) as languages,
               array_agg(rating order by created_at, event_id) filter (where rating is not null) as ratings,
               array_agg(event_type order by created_at, event_id) filter (where is_outcome) as outcomes,
               array_agg(created_at order by created_at, event_id) filter (where is_outcome) as outcome_times,
               max(outcomes_before) filter (where is_received) as outcomes_before_last_received,
               -- Who waits still does if somebody has written since the last answer.
               max(waiting_since) as last_waiting_since,
               max(answers_before) filter (where is_received) as answers_before_last_received,
               max(reopening_at) as reopened_at,
               count(*) filter (where is_sent) as messages_sent,
               count(*) filter (where is_human) as human_messages_sent,
               count(*) filter (where is_received) as messages_received,
               range_agg(tstzrange(created_at - interval '168 hours', created_at)) filter (where is_received)
                   as contact_windows,
               array_agg(coalesce(response_us, (extract(epoch from created_at - waiting_since) * 1000000)::bigint)
                         order by created_at, event_id)
                   filter (where is_sent and waiting_since is not null) as responses_us,
               count(*) filter (where event_type = 'knowledge_retrieved') as knowledge_retrievals,
               count(*) filter (where event_type = 'citation_clicked') as citations_clicked,
               count(*) as event_count,
               array_agg(uuid_hash(event_id) order by created_at, event_id) as event_id_hashes
        from followed
        group by number, started_at
    ),
    topics as (
        select number, started_at,
               array_agg(row(topic, retrievals, best_confidence, first_at, last_at)::topic_retrievals order by topic)
                   as topics
        from (
            select number, started_at, topic, sum(retrievals)::integer as retrievals,
                   max(best_confidence) as best_confidence, min(first_at) as first_at, max(last_at) as last_at
            from (
                select number, started_at, topic, 1 as retrievals, confidence as best_confidence,
                       created_at as first_at, created_at as last_at
                from placed
                where topic is not null
                union all
                select s.number, s.started_at, t.topic, t.retrievals, t.best_confidence, t.first_at, t.last_at
                from seeds s
                cross join unnest(s.topics) t
            ) as retrieved
            group by number, started_at, topic
        ) as by_topic
        group by number, started_at
    ),
    timeouts as (
        select number, timeout_after, min(created_at) as timed_out_at
        from present
        where timeout_after is not null
        group by number, timeout_after
    ),
    -- Each row from what its seed says and what the events after it say.
    fresh as materialized (
        select p.number, p.started_at, p.is_only_row, t.timed_out_at,
               coalesce(g.last_event_at, s.last_event_at) as last_event_at,
               coalesce(s.customer_id, g.customers[1]) as customer_id,
               coalesce(s.channel, g.channels[1]) as channel,
               coalesce(s.language, g.languages[1]) as language,
               case
                   when cardinality(g.outcomes) > coalesce(g.outcomes_before_last_received, 0)
                       then replace(g.outcomes[cardinality(g.outcomes)], 'conversation_', '')
                   when s.is_closed and g.outcomes_before_last_received is null then s.outcome
                   else 'open'
               end as event_outcome,
               coalesce(g.outcome_times[cardinality(g.outcome_times)], s.outcome_at) as event_outcome_at,
               coalesce(s.was_escalated, false) or coalesce('conversation_escalated' = any (g.outcomes), false)
                   as was_escalated,
               coalesce(g.reopened_at, s.reopened_at) as reopened_at,
               coalesce(s.messages_sent, 0) + coalesce(g.messages_sent, 0) as messages_sent,
               coalesce(s.human_messages_sent, 0) + coalesce(g.human_messages_sent, 0) as human_messages_sent,
               coalesce(s.messages_received, 0) + coalesce(g.messages_received, 0) as messages_received,
               coalesce(s.response_us, 0) + coalesce((select sum(us) from unnest(g.responses_us) as r (us)), 0)
                   as response_us,
               coalesce(s.response_count, 0) + coalesce(cardinality(g.responses_us), 0) as response_count,
               coalesce(s.first_response_us, g.responses_us[1]) as first_response_us,
               coalesce(g.ratings[cardinality(g.ratings)], s.rating) as rating,
               coalesce(s.knowledge_retrievals, 0) + coalesce(g.knowledge_retrievals, 0) as knowledge_retrievals,
               coalesce(s.citations_clicked, 0) + coalesce(g.citations_clicked, 0) as citations_clicked,
               coalesce(s.event_count, 0) + coalesce(g.event_count, 0) as event_count,
               coalesce(s.contact_windows, '{}') + coalesce(g.contact_windows, '{}') as contact_windows,
               coalesce(r.topics, '{}') as topics,
               case
                   when g.answers_before_last_received = g.messages_sent then g.last_waiting_since
                   when coalesce(g.messages_sent, 0) = 0 then s.waiting_since
               end as waiting_since,
               s.event_id_hashes || g.event_id_hashes as event_id_hashes
        from spans p
        left join gathered g on g.number = p.number and g.started_at = p.started_at
        left join seeds s on s.number = p.number
        left join timeouts t on t.number = p.number and t.timeout_after = coalesce(g.last_event_at, s.last_event_at)
        left join topics r on r.number = p.number and r.started_at = p.started_at
    ),
    -- Deleted one by one through the index; as a join it would read whole chunks.
    deleted as materialized (
        select x.store_id, x.started_at, delete_conversation(x.store_id, x.conversation_id, x.started_at)
        from existing x
        left join kept k on (k.number, k.started_at) = (x.number, x.started_at)
        left join fresh f on (f.number, f.started_at) = (x.number, x.started_at)
        where k.number is null and f.number is null
    ),
    written as (
        insert into conversations as c (
            store_id, conversation_id, started_at, last_event_at, customer_id, channel, language, outcome, outcome_at,
            ai_resolved, reopened_at, messages_sent, messages_received, response_us, response_count,
            first_response_us, rating, knowledge_retrievals, citations_clicked, event_count, human_messages_sent,
            contact_windows, topics, waiting_since, was_escalated, is_timed_out, event_id_hashes)
        select t.store_id, t.conversation_id, f.started_at, f.last_event_at, f.customer_id, f.channel, f.language,
               case when f.event_outcome = 'open' and f.timed_out_at is not null then 'abandoned'
                    else f.event_outcome end,
               case when f.event_outcome = 'open' then f.timed_out_at else f.event_outcome_at end,
               f.event_outcome = 'resolved' and f.human_messages_sent = 0 and not f.was_escalated,
               f.reopened_at, f.messages_sent, f.messages_received, f.response_us, f.response_count,
               f.first_response_us, f.rating, f.knowledge_retrievals, f.citations_clicked, f.event_count,
               f.human_messages_sent, f.contact_windows, f.topics, f.waiting_since, f.was_escalated,
               f.event_outcome = 'open' and f.timed_out_at is not null,
               case when f.is_only_row and cardinality(f.event_id_hashes) <= 250 then f.event_id_hashes end
        from fresh f
        join touched t using (number)
        order by t.store_id, f.started_at
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
            topics = excluded.topics,
            waiting_since = excluded.waiting_since,
            was_escalated = excluded.was_escalated,
            is_timed_out = excluded.is_timed_out,
            event_id_hashes = excluded.event_id_hashes
        -- The count first, because it nearly always tells.
        where c.event_count <> excluded.event_count or c is distinct from excluded
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
    select t.store_id, t.conversation_id, k.started_at
    from kept k
    join touched t using (number)
    where exists (
        select from distinct_events e
        where e.number = k.number
          and e.created_at >= k.started_at and e.created_at < k.started_at + interval '720 hours');
end
$$;
comment on function rebuild_conversations(uuid[], uuid[], boolean, uuid[], timestamptz[]) is
    'The rule from events to conversations: rebuilds every row of some conversations from their events. The caller holds lock_conversations.';
