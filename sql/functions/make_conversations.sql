-- The rule from events to conversations: makes rows of their events, and writes them.
-- store_ids uuid[], conversation_ids uuid[]: pairs, each once; their ordinal is the number in present
-- | existing conversation_start[]: rows that there are | seeds conversations[]: those of them that are continued, instead of
-- made of all events | present event_parts[]: all events of the others, and what came later of those with a seed
-- | replace_frozen boolean, complete_from timestamptz: see rebuild_conversations
-- returns the frozen rows that were kept although events of theirs are present: store_id, conversation_id, started_at
-- It reads no hypertable, so its plan is good for every batch: to plan it takes ten times as long as to store an event.
create or replace function make_conversations(
    store_ids uuid[], conversation_ids uuid[], existing conversation_start[], seeds conversations[], present event_parts[],
    replace_frozen boolean, complete_from timestamptz)
returns table (store_id uuid, conversation_id uuid, started_at timestamptz)
language plpgsql volatile
set search_path = analytics, public, pg_temp
set plan_cache_mode = force_generic_plan
-- The plan takes every step for a few rows, and would compare thousands of conversations with each other.
set enable_nestloop = off
set jit = off
as $$
#variable_conflict use_column
begin
    return query
    with recursive
    -- A number stands for store and conversation: everything below sorts and joins by it.
    touched as materialized (
        select t.number, t.store_id, t.conversation_id
        from unnest(store_ids, conversation_ids) with ordinality as t (store_id, conversation_id, number)
    ),
    seed_rows as materialized (
        select t.number, x.*, x.outcome <> 'open' and not x.is_timed_out as is_closed
        from unnest(seeds) x
        join touched t using (store_id, conversation_id)
    ),
    -- Of several copies of an event the earliest counts.
    copied as materialized (
        select number, event_id, min(created_at) as first_at
        from unnest(present)
        where timeout_after is null
        group by number, event_id
        having count(*) > 1
    ),
    distinct_events as materialized (
        select e.*, e.event_type = 'message_received' as is_received, e.event_type = 'message_sent' as is_sent,
               e.event_type in ('conversation_resolved', 'conversation_escalated', 'conversation_abandoned')
                   as is_outcome
        from unnest(present) e
        where e.timeout_after is null
          and not exists (
            select from copied c
            where c.number = e.number and c.event_id = e.event_id and c.first_at < e.created_at)
    ),
    kept as materialized (
        select x.number, x.started_at
        from unnest(existing) x
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
            select number, started_at from seed_rows
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
        left join seed_rows s on s.number = e.number
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
                from seed_rows s
                cross join unnest(s.topics) t
            ) as retrieved
            group by number, started_at, topic
        ) as by_topic
        group by number, started_at
    ),
    timeouts as (
        select number, timeout_after, min(created_at) as timed_out_at
        from unnest(present)
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
               s.event_id_hashes || g.event_id_hashes as event_id_hashes,
               -- Its event is still to come; the row could not tell it then.
               exists (select from timeouts t
                       where t.number = p.number and t.timeout_after > coalesce(g.last_event_at, s.last_event_at))
                   as has_early_timeout
        from spans p
        left join gathered g on g.number = p.number and g.started_at = p.started_at
        left join seed_rows s on s.number = p.number
        left join timeouts t on t.number = p.number and t.timeout_after = coalesce(g.last_event_at, s.last_event_at)
        left join topics r on r.number = p.number and r.started_at = p.started_at
    ),
    -- Deleted one by one through the index; as a join it would read whole chunks.
    deleted as materialized (
        select t.store_id, x.started_at, delete_conversation(t.store_id, t.conversation_id, x.started_at)
        from unnest(existing) x
        join touched t using (number)
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
               case when f.is_only_row and cardinality(f.event_id_hashes) <= 250 and not f.has_early_timeout
                    then f.event_id_hashes end
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
comment on function make_conversations(uuid[], uuid[], conversation_start[], conversations[], event_parts[], boolean, timestamptz) is
    'The rule from events to conversations: makes rows of their events, and writes them. Called by rebuild_conversations.';
