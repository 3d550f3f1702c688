-- Rebuilds every row of some conversations from their events, by the rule in make_conversations.
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
-- Planned for the range at hand, so that it locks and opens no chunk outside of it.
set plan_cache_mode = force_custom_plan
-- The look-ups by index below have no other plan anyway; looking for fewer chunks costs each three times its own time.
set enable_nestloop = off
set timescaledb.enable_runtime_exclusion = off
set jit = off
as $$
#variable_conflict use_column
declare
    complete_from timestamptz;
    span_from timestamptz;
    span_to timestamptz;
    own_store_ids uuid[];
    own_conversation_ids uuid[];
    existing conversation_start[];
    seeds conversations[];
    present event_parts[];
begin
    select raw_complete_from into strict complete_from from installation;

    with
    touched as materialized (
        select distinct t.store_id, t.conversation_id
        from unnest(store_ids, conversation_ids) as t (store_id, conversation_id)
    ),
    weeks as materialized (
        select min(w.week_at) as first_week_at, max(w.week_at) as last_week_at
        from touched t
        cross join lateral (
            select w.week_at
            from conversation_weeks w
            where w.store_id = t.store_id and w.conversation_id = t.conversation_id
            offset 0 -- a look-up each: as a join it would read the weeks of all conversations (600 ms with 3 million)
        ) w
    )
    select array_agg(t.store_id), array_agg(t.conversation_id), min(w.first_week_at),
           max(w.last_week_at) + interval '168 hours'
    into own_store_ids, own_conversation_ids, span_from, span_to
    from touched t
    cross join weeks w;
    if not replace_frozen then
        span_from := greatest(span_from, complete_from - interval '720 hours');
    end if;

    select array_agg(row(t.number, c.started_at, c.event_count)::conversation_start),
           -- The hashes tell that no stored event is a copy; null means other rows, or too many events.
           coalesce(array_agg(c) filter (where c.event_id_hashes is not null
                                           and c.started_at >= complete_from
                                           and t.stored_from > c.last_event_at
                                           and t.stored_to < c.started_at + interval '720 hours'
                                           and not c.event_id_hashes && t.stored_hashes), '{}')
    into existing, seeds
    from (
        select o.number, o.store_id, o.conversation_id, i.stored_from, i.stored_to, i.stored_hashes
        from unnest(own_store_ids, own_conversation_ids) with ordinality as o (store_id, conversation_id, number)
        join (
            select i.store_id, i.conversation_id, min(i.created_at) as stored_from, max(i.created_at) as stored_to,
                   array_agg(uuid_hash(i.event_id)) as stored_hashes
            from unnest(store_ids, conversation_ids, event_ids, times)
                 as i (store_id, conversation_id, event_id, created_at)
            group by i.store_id, i.conversation_id
        ) i using (store_id, conversation_id)
    ) t
    cross join lateral (
        select *
        from conversations c
        where c.conversation_id = t.conversation_id
          and c.started_at >= span_from and c.started_at < span_to
          -- Not an equality, which would let a new chunk without statistics be searched by store (2 ms instead of
          -- 2 us each).
          and c.store_id is not distinct from t.store_id
        offset 0 -- keeps it a look-up per conversation
    ) c;

    -- Taken apart at once, so that nothing carries the text of an event further.
    present := array(
        select row(t.number, e.event_id, e.event_type, e.created_at, e.customer_id, e.response_us,
                   e.event_data ->> 'channel', e.event_data ->> 'language',
                   (e.event_data ->> 'rating')::numeric::smallint,
                   case when e.event_type = 'knowledge_retrieved' then nullif(left(e.event_data ->> 'topic', 255), '') end,
                   case when e.event_type = 'knowledge_retrieved' then (e.event_data ->> 'confidence')::numeric end,
                   coalesce(e.event_type = 'message_sent' and e.event_data ->> 'agent' = 'human', false),
                   case when e.event_type = 'conversation_abandoned' and e.event_data ->> 'reason' = 'timeout'
                        then (e.event_data ->> 'after')::timestamptz end)::event_parts
        from unnest(own_store_ids, own_conversation_ids) with ordinality as t (store_id, conversation_id, number)
        left join unnest(seeds) s using (store_id, conversation_id)
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
        where s.event_id_hashes is null or uuid_hash(e.event_id) <> all (s.event_id_hashes));

    return query
    select m.store_id, m.conversation_id, m.started_at
    from make_conversations(own_store_ids, own_conversation_ids, existing, seeds, present, replace_frozen, complete_from)
         as m;
end
$$;
comment on function rebuild_conversations(uuid[], uuid[], boolean, uuid[], timestamptz[]) is
    'Rebuilds every row of some conversations from their events, by the rule in make_conversations. The caller holds lock_conversations.';
