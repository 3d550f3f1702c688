-- Compares rows of conversations, and their weeks, with what the raw events make. Changes nothing.
-- store_ids uuid[], conversation_ids uuid[]: pairs, each once | from_at timestamptz, inclusive | to_at timestamptz,
-- exclusive, in the same week: rows that started in between are compared
-- returns level text ('conversations' or 'conversation_weeks'), kind text ('missing', 'surplus' or 'changed'),
-- store_id uuid, conversation_id uuid, at timestamptz (start of the row, or of the week), column_name text (null unless
-- changed), expected text, found text (both null unless changed)
-- The rule has no second copy: rebuild_conversations itself says what is expected, in a subtransaction that is always
-- rolled back. Therefore it locks as writers do, wants one call a transaction, in read committed, and runs with the rights of
-- its owner.
create or replace function conversation_differences(
    store_ids uuid[], conversation_ids uuid[], from_at timestamptz, to_at timestamptz)
returns table (level text, kind text, store_id uuid, conversation_id uuid, at timestamptz, column_name text,
               expected text, found text)
language plpgsql volatile security definer
set search_path = analytics, public, pg_temp
set plan_cache_mode = force_custom_plan -- planned for the range at hand
set jit = off
as $$
#variable_conflict use_column
declare
    this_week timestamptz := time_bucket(interval '168 hours', from_at, timestamptz '1970-01-01 00:00:00+00');
    complete_from timestamptz;
    found_rows conversations[];
    expected_rows conversations[];
begin
    perform pg_advisory_xact_lock_shared(hashtext('colloquy.raw_complete_from'), 0);
    perform lock_conversations(conversation_ids);
    select greatest(i.raw_complete_from, from_at) into strict complete_from from installation i;

    return query
    select 'conversation_weeks', 'missing', t.store_id, t.conversation_id, this_week, null, null, null
    from unnest(store_ids, conversation_ids) as t (store_id, conversation_id)
    where not exists (
        select from conversation_weeks w
        where w.store_id = t.store_id and w.conversation_id = t.conversation_id and w.week_at = this_week)
      and exists (
        select from conversation_events e
        where e.conversation_id = t.conversation_id and e.created_at >= complete_from and e.created_at < to_at
          and e.store_id is not distinct from t.store_id) -- see rebuild_conversations
    order by 3, 4;

    found_rows := array(
        select c
        from unnest(store_ids, conversation_ids) as t (store_id, conversation_id)
        join conversations c using (store_id, conversation_id)
        where c.started_at >= complete_from and c.started_at < to_at);
    begin
        insert into conversation_weeks (store_id, conversation_id, week_at)
        select t.store_id, t.conversation_id, this_week
        from unnest(store_ids, conversation_ids) as t (store_id, conversation_id)
        order by 1, 2
        on conflict do nothing;
        perform rebuild_conversations(store_ids, conversation_ids);
        expected_rows := array(
            select c
            from unnest(store_ids, conversation_ids) as t (store_id, conversation_id)
            join conversations c using (store_id, conversation_id)
            where c.started_at >= complete_from and c.started_at < to_at);
        raise exception using errcode = 'CLQ01';
    exception when sqlstate 'CLQ01' then
        -- Rolled back; the rows that were read stay in their variable.
    end;

    return query
    select 'conversations',
           case when f.store_id is null then 'missing' when e.store_id is null then 'surplus' else 'changed' end,
           coalesce(f.store_id, e.store_id), coalesce(f.conversation_id, e.conversation_id),
           coalesce(f.started_at, e.started_at), d.column_name, d.expected, d.found
    from unnest(found_rows) as f
    full join unnest(expected_rows) as e
      on (e.store_id, e.conversation_id, e.started_at) = (f.store_id, f.conversation_id, f.started_at)
    left join lateral (
        select x.key as column_name, x.value as expected, y.value as found
        from jsonb_each_text(to_jsonb(e)) x
        join jsonb_each_text(to_jsonb(f)) y using (key)
        where x.value is distinct from y.value
          -- What an older version could not know yet is not wrong.
          and (f.event_id_hashes is not null
               or x.key <> all (array['waiting_since', 'was_escalated', 'is_timed_out', 'event_id_hashes']))
    ) d on f.store_id is not null and e.store_id is not null
    where f.store_id is null or e.store_id is null or d.column_name is not null
    order by 5, 3, 4, 6;
end
$$;
comment on function conversation_differences(uuid[], uuid[], timestamptz, timestamptz) is
    'Compares some conversations with what rebuild_conversations makes of their raw events, and rolls that back. One call a transaction, read committed.';
