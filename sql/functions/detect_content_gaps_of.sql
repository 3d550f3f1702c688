-- Finds the content gaps of some stores: topics whose best confidence stays under the store's threshold.
-- store_ids uuid[]
-- Known gaps of any status get the present numbers of their topic; one that was resolved is reopened when later
-- conversations still find no confident answer. Running it again changes nothing; two runs at once wait for each
-- other. Numbers come from conversations; raw events only give examples of questions, as long as they are there.
create or replace function detect_content_gaps_of(store_ids uuid[]) returns void
language plpgsql volatile
set search_path = analytics, public, pg_temp
-- Planned for the range at hand, so that only chunks within it are locked and opened.
set plan_cache_mode = force_custom_plan
set jit = off
as $$
#variable_conflict use_column
declare
    asked_gaps uuid[];
    asked_conversations uuid[];
    asked_from timestamptz[];
    asked_to timestamptz[];
    slice_from timestamptz;
    slice_to timestamptz;
    first_resolved_at timestamptz;
    actor constant text := coalesce(current_setting('colloquy.actor', true), '');
begin
    perform pg_advisory_xact_lock(hashtext('colloquy.content_gaps'), 0);
    -- No admin's doing, see record_admin_action.
    perform set_config('colloquy.actor', 'job', true);

    insert into content_gaps as g (
        store_id, topic, frequency, confidence_threshold, best_confidence, first_seen_at, last_seen_at)
    select t.store_id, t.topic, t.frequency, s.gap_confidence_threshold, t.best_confidence, t.first_seen_at,
           t.last_seen_at
    from retrieved_topics(store_ids) t
    join stores s using (store_id)
    left join content_gaps known using (store_id, topic)
    where known.gap_id is not null or t.best_confidence < s.gap_confidence_threshold
    order by t.store_id, t.topic
    on conflict (store_id, topic) do update set
        frequency = excluded.frequency,
        confidence_threshold = case when g.has_own_threshold then g.confidence_threshold
                                    else excluded.confidence_threshold end,
        best_confidence = excluded.best_confidence,
        first_seen_at = excluded.first_seen_at,
        last_seen_at = excluded.last_seen_at,
        updated_at = clock_timestamp()
    where (g.frequency, g.best_confidence, g.first_seen_at, g.last_seen_at)
          is distinct from (excluded.frequency, excluded.best_confidence, excluded.first_seen_at, excluded.last_seen_at)
       or (not g.has_own_threshold and g.confidence_threshold <> excluded.confidence_threshold);

    -- The first conversations on a topic, whether or not their events are still there: the same ones are asked before
    -- and after retention, so that it cannot bring in other questions.
    select array_agg(gap_id), array_agg(conversation_id), array_agg(first_at), array_agg(last_at)
    into asked_gaps, asked_conversations, asked_from, asked_to
    from (
        select g.gap_id, t.conversation_id, t.first_at, t.last_at,
               row_number() over (partition by g.gap_id order by t.first_at, t.conversation_id, t.started_at) as nth
        from (
            select c.store_id, c.conversation_id, c.started_at, t.*
            from conversations c
            cross join unnest(c.topics) t
            where c.store_id = any (store_ids)
            offset 0 -- or all conversations would be taken apart for each gap
        ) t
        join content_gaps g using (store_id, topic)
        where cardinality(g.example_questions) < 5
          and (t.retrievals > 1 or coalesce(t.best_confidence < g.confidence_threshold, true))
    ) as with_topic
    where nth <= 100;

    -- Twelve weeks at a time, the earliest first.
    for slice_from, slice_to in
        select distinct at, at + interval '2016 hours'
        from unnest(asked_from, asked_to) as a (from_at, to_at)
        cross join lateral generate_series(time_bucket(interval '2016 hours', from_at), to_at, interval '2016 hours')
            as s (at)
        order by at
    loop
        with
        asked as (
            select g.gap_id, left(e.question, 1000) as question, min(e.created_at) as asked_at,
                   (array_agg(a.conversation_id order by e.created_at, a.conversation_id))[1] as conversation_id
            from unnest(asked_gaps, asked_conversations, asked_from, asked_to)
                as a (gap_id, conversation_id, from_at, to_at)
            join content_gaps g using (gap_id)
            cross join lateral (
                select event_data ->> 'question' as question, created_at
                from conversation_events e
                where e.conversation_id = a.conversation_id
                  and e.created_at >= slice_from and e.created_at < slice_to
                  and e.created_at >= a.from_at and e.created_at <= a.to_at
                  and e.store_id is not distinct from g.store_id -- no equality, which would search by store
                  and e.event_type = 'knowledge_retrieved'
                  and left(e.event_data ->> 'topic', 255) = g.topic
                  and coalesce((e.event_data ->> 'confidence')::numeric < g.confidence_threshold, true)
                  and e.event_data ->> 'question' <> ''
                offset 0 -- keeps it a look-up per conversation
            ) e
            where a.from_at < slice_to and a.to_at >= slice_from
              and cardinality(g.example_questions) < 5
              and left(e.question, 1000) <> all (g.example_questions)
            group by g.gap_id, left(e.question, 1000)
        ),
        earliest as (
            select gap_id, array_agg(question order by asked_at, question collate "C") as questions,
                   array_agg(conversation_id order by asked_at, question collate "C") as conversation_ids
            from asked
            group by gap_id
        )
        update content_gaps g
        set example_questions = (g.example_questions || e.questions)[:5],
            -- Those of people have none.
            example_conversations = (g.example_conversations || array_fill(null::uuid, array[
                cardinality(g.example_questions) - cardinality(g.example_conversations)]) || e.conversation_ids)[:5],
            updated_at = clock_timestamp()
        from earliest e
        where g.gap_id = e.gap_id;
    end loop;

    -- A conversation on a topic after that instant started less than 720 hours before it.
    select min(resolved_at) into first_resolved_at
    from content_gaps
    where store_id = any (store_ids) and status = 'resolved';
    perform move_content_gaps(array_agg(gap_id), 'identified', from_status => 'resolved')
    from (
        select g.gap_id
        from (
            select c.store_id, t.*
            from conversations c
            cross join unnest(c.topics) t
            where c.store_id = any (store_ids) and c.started_at > first_resolved_at - interval '720 hours'
            offset 0 -- as above
        ) t
        join content_gaps g using (store_id, topic)
        where g.status = 'resolved' and t.first_at > g.resolved_at
        group by g.gap_id, g.confidence_threshold
        having max(t.best_confidence) < g.confidence_threshold
    ) as back;
    perform set_config('colloquy.actor', actor, true);
end
$$;
comment on function detect_content_gaps_of(uuid[]) is
    'Finds and refreshes the content gaps of some stores, takes examples of questions from raw events, reopens resolved gaps that are back. Again changes nothing.';
