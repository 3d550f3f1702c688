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
    sought_gaps uuid[];
    sought_stores uuid[];
    day_gaps uuid[];
    day_starts timestamptz[];
    day_ends timestamptz[];
    asked_gaps uuid[];
    asked_conversations uuid[];
    asked_from timestamptz[];
    asked_to timestamptz[];
    slice_from timestamptz;
    slice_to timestamptz;
    resolved_stores uuid[];
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

    -- Where no retrieval of a topic has come in since examples were last sought, there is none to be found.
    select array_agg(gap_id), array_agg(distinct store_id) into sought_gaps, sought_stores
    from content_gaps
    where store_id = any (store_ids) and cardinality(example_questions) < 5
      and (frequency, confidence_threshold) is distinct from (sought_frequency, sought_threshold);

    -- The first conversations on a topic, whether or not their events are still there: the same ones are asked before
    -- and after retention, so that it cannot bring in other questions. They are in the days of the first retrievals.
    select array_agg(gap_id), array_agg(from_at), array_agg(to_at), min(from_at), max(to_at)
    into day_gaps, day_starts, day_ends, slice_from, slice_to
    from (
        select g.gap_id, t.from_at, t.to_at,
               sum(t.retrievals) over (
                   partition by g.gap_id order by t.from_at, t.first_at
                   rows between unbounded preceding and 1 preceding) as retrievals_before
        from topics_by_day(sought_stores) t
        join content_gaps g using (store_id, topic)
        where g.gap_id = any (sought_gaps)
    ) as with_topic
    where coalesce(retrievals_before, 0) < 100;

    select array_agg(gap_id), array_agg(conversation_id), array_agg(first_at), array_agg(last_at)
    into asked_gaps, asked_conversations, asked_from, asked_to
    from (
        select g.gap_id, t.conversation_id, t.first_at, t.last_at,
               row_number() over (partition by g.gap_id order by t.first_at, t.conversation_id, t.started_at) as nth
        from (
            select d.store_id, d.gap_ids, c.conversation_id, c.started_at, t.*
            from (
                select g.store_id, d.from_at, d.to_at, array_agg(d.gap_id) as gap_ids
                from unnest(day_gaps, day_starts, day_ends) as d (gap_id, from_at, to_at)
                join content_gaps g using (gap_id)
                group by g.store_id, d.from_at, d.to_at
            ) d
            cross join lateral (
                select c.conversation_id, c.started_at, c.topics
                from conversations c
                where c.store_id = d.store_id and c.started_at >= d.from_at and c.started_at < d.to_at
                  and c.started_at >= slice_from and c.started_at < slice_to
                offset 0 -- keeps it a look-up for each day
            ) c
            cross join unnest(c.topics) t
        ) t
        join content_gaps g using (store_id, topic)
        where g.gap_id = any (t.gap_ids)
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

    update content_gaps
    set sought_frequency = frequency, sought_threshold = confidence_threshold
    where gap_id = any (sought_gaps);

    -- What has been asked since: whole days, and conversations of days that have retrievals before and after that instant.
    -- A conversation lasts less than 720 hours.
    select array_agg(distinct store_id), min(resolved_at) - interval '33 days', max(resolved_at) + interval '3 days'
    into resolved_stores, slice_from, slice_to
    from content_gaps
    where store_id = any (store_ids) and status = 'resolved';
    perform move_content_gaps(array_agg(gap_id), 'identified', from_status => 'resolved')
    from (
        with
        since as materialized (
            select g.gap_id, g.confidence_threshold, g.resolved_at, t.*
            from topics_by_day(resolved_stores) t
            join content_gaps g using (store_id, topic)
            where g.status = 'resolved' and t.last_at > g.resolved_at
        )
        select s.gap_id
        from (
            select s.gap_id, s.confidence_threshold, s.best_confidence
            from since s
            where s.first_at > s.resolved_at
            union all
            select s.gap_id, s.confidence_threshold, t.best_confidence
            from since s
            cross join lateral (
                select c.topics
                from conversations c
                where c.store_id = s.store_id and c.started_at >= s.from_at and c.started_at < s.to_at
                  and c.started_at >= slice_from and c.started_at < slice_to
                offset 0
            ) c
            cross join unnest(c.topics) t
            where s.first_at <= s.resolved_at and t.topic = s.topic and t.first_at > s.resolved_at
        ) s
        group by s.gap_id, s.confidence_threshold
        having max(s.best_confidence) < s.confidence_threshold
    ) as back;
    perform set_config('colloquy.actor', actor, true);
end
$$;
comment on function detect_content_gaps_of(uuid[]) is
    'Finds and refreshes the content gaps of some stores, takes examples of questions from raw events, reopens resolved gaps that are back. Again changes nothing.';
