-- Rebuilds every row of some conversations from their events, by the rule in make_conversations.
-- store_ids uuid[], conversation_ids uuid[]: pairs, repeats allowed | replace_frozen boolean: see below
-- | event_ids uuid[], times timestamptz[]: what has just been stored, an element for each pair
-- | event_types text[], customer_ids text[], response_times_us bigint[], event_datas jsonb[]: the rest of it; event_datas is
-- null where some of it was not stored, to read all events | new_week_store_ids uuid[], new_week_conversation_ids uuid[]: the pairs for whose
-- conversations rows of conversation_weeks have just been made, one for each
-- returns the frozen rows that were kept although events of theirs are present: store_id, conversation_id, started_at
-- The caller holds lock_conversations. Rows that started before installation.raw_complete_from are frozen, because
-- events of theirs may have been dropped. With replace_frozen, which import uses, a frozen row gives way where at
-- least as many of its events are present again.
-- Where what has just been stored is later than everything in the conversation's only row, that row is what all earlier
-- events make: it is the seed. Where the conversation has no weeks but those just made, it has no other events. For these
-- no event is read: what has just been stored is at hand. Everything else is made of all events.
create or replace function rebuild_conversations(
    store_ids uuid[], conversation_ids uuid[], replace_frozen boolean default false,
    event_ids uuid[] default null, times timestamptz[] default null,
    event_types text[] default null, customer_ids text[] default null, response_times_us bigint[] default null,
    event_datas jsonb[] default null,
    new_week_store_ids uuid[] default null, new_week_conversation_ids uuid[] default null)
returns table (store_id uuid, conversation_id uuid, started_at timestamptz)
language plpgsql volatile
set search_path = analytics, public, pg_temp
-- Hypertables are read by functions of their own, where anything needs to be read: planning that takes longer than all else
-- that a few events need.
set plan_cache_mode = force_generic_plan
set enable_nestloop = off
-- A plan that is kept must not read a table that was small when it was made.
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
    complete_from timestamptz;
    span_from timestamptz;
    span_to timestamptz;
    own_store_ids uuid[];
    own_conversation_ids uuid[];
    are_new boolean[];
    rows_before conversations[];
    are_known boolean[]; -- what counts is at hand
    existing conversation_start[];
    seeds conversations[];
    present event_parts[];
begin
    select raw_complete_from into strict complete_from from installation;

    select array_agg(t.store_id), array_agg(t.conversation_id), array_agg(t.is_new),
           min(t.first_week_at) filter (where not t.is_new),
           max(t.last_week_at) filter (where not t.is_new) + interval '168 hours'
    into own_store_ids, own_conversation_ids, are_new, span_from, span_to
    from (
        select t.store_id, t.conversation_id, w.first_week_at, w.last_week_at,
               event_datas is not null and coalesce(n.weeks, 0) = w.weeks as is_new
        from (
            select distinct t.store_id, t.conversation_id
            from unnest(store_ids, conversation_ids) as t (store_id, conversation_id)
        ) t
        left join (
            select n.store_id, n.conversation_id, count(*) as weeks
            from unnest(new_week_store_ids, new_week_conversation_ids) as n (store_id, conversation_id)
            group by n.store_id, n.conversation_id
        ) n using (store_id, conversation_id)
        cross join lateral (
            -- A look-up each: as a join it would read the weeks of all conversations (600 ms with 3 million).
            select min(w.week_at) as first_week_at, max(w.week_at) as last_week_at, count(*) as weeks
            from conversation_weeks w
            where w.store_id = t.store_id and w.conversation_id = t.conversation_id
        ) w
    ) t;
    if not replace_frozen then
        span_from := greatest(span_from, complete_from - interval '720 hours');
    end if;

    if not true = all (are_new) then
        rows_before := rows_of_conversations(own_store_ids, own_conversation_ids, are_new, span_from, span_to);
    end if;

    select array_agg(row(t.number, c.started_at, c.event_count)::conversation_start),
           -- The hashes tell that no stored event is a copy; null means other rows, or too many events.
           coalesce(array_agg(c) filter (where event_datas is not null
                                           and c.event_id_hashes is not null
                                           and c.started_at >= complete_from
                                           and i.stored_from > c.last_event_at
                                           and i.stored_to < c.started_at + interval '720 hours'
                                           and not c.event_id_hashes && i.stored_hashes), '{}')
    into existing, seeds
    from unnest(rows_before) c
    join unnest(own_store_ids, own_conversation_ids) with ordinality as t (store_id, conversation_id, number)
        using (store_id, conversation_id)
    left join (
        select i.store_id, i.conversation_id, min(i.created_at) as stored_from, max(i.created_at) as stored_to,
               array_agg(uuid_hash(i.event_id)) as stored_hashes
        from unnest(store_ids, conversation_ids, event_ids, times)
             as i (store_id, conversation_id, event_id, created_at)
        group by i.store_id, i.conversation_id
    ) i using (store_id, conversation_id);

    are_known := array(
        select t.is_new or s.store_id is not null
        from unnest(own_store_ids, own_conversation_ids, are_new) with ordinality
             as t (store_id, conversation_id, is_new, number)
        left join unnest(seeds) s using (store_id, conversation_id)
        order by t.number);
    present := array(
        select event_parts_of(t.number, e.event_id, e.event_type, e.created_at, e.customer_id, e.response_us, e.event_data)
        from unnest(own_store_ids, own_conversation_ids, are_known) with ordinality
             as t (store_id, conversation_id, is_known, number)
        join unnest(store_ids, conversation_ids, event_ids, event_types, times, customer_ids, response_times_us,
                    event_datas)
             as e (store_id, conversation_id, event_id, event_type, created_at, customer_id, response_us, event_data)
            using (store_id, conversation_id)
        where t.is_known and (replace_frozen or e.created_at >= complete_from));
    if not true = all (are_known) then
        if not replace_frozen then
            span_from := greatest(span_from, complete_from);
        end if;
        present := present || events_of_conversations(own_store_ids, own_conversation_ids, are_known, span_from, span_to);
    end if;

    return query
    select m.store_id, m.conversation_id, m.started_at
    from make_conversations(own_store_ids, own_conversation_ids, existing, seeds, present, replace_frozen, complete_from)
         as m;
end
$$;
comment on function rebuild_conversations(uuid[], uuid[], boolean, uuid[], timestamptz[], text[], text[], bigint[], jsonb[], uuid[], uuid[]) is
    'Rebuilds every row of some conversations from their events, by the rule in make_conversations. The caller holds lock_conversations.';
