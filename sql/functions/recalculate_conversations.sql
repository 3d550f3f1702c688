-- Rebuilds some conversations from their raw events, in the caller's transaction.
-- store_ids uuid[], conversation_ids uuid[]: pairs, each once | week_at timestamptz: a week in which each of them has an
-- event or a row
-- returns bigint: rows of conversations that were written or deleted because they were not what their events make; one
-- whose start moved counts once
-- One call a transaction, in read committed, for every statement needs a snapshot taken after the locks. Locks are taken
-- in the order of store_events.
create or replace function recalculate_conversations(
    store_ids uuid[], conversation_ids uuid[], week_at timestamptz) returns bigint
language plpgsql volatile
set search_path = analytics, public, pg_temp
set plan_cache_mode = force_custom_plan -- planned for the range at hand
set jit = off
as $$
#variable_conflict use_column
declare
    span_from timestamptz;
    span_to timestamptz;
    rows_before bigint;
    rows_after bigint;
    rows_written bigint;
begin
    -- As in store_events: marks come an hour before the aggregate may take in what they mark.
    if current_setting('transaction_timeout')::interval not between interval '1 millisecond' and interval '10 minutes' then
        perform set_config('transaction_timeout', '10min', true);
    end if;
    perform pg_advisory_xact_lock_shared(hashtext('colloquy.raw_complete_from'), 0);
    perform lock_conversations(conversation_ids);

    -- Without its weeks a conversation would be rebuilt from nothing.
    insert into conversation_weeks (store_id, conversation_id, week_at)
    select t.store_id, t.conversation_id, recalculate_conversations.week_at
    from unnest(store_ids, conversation_ids) as t (store_id, conversation_id)
    order by 1, 2
    on conflict do nothing;
    select min(w.week_at), max(w.week_at) + interval '168 hours' into span_from, span_to
    from unnest(store_ids, conversation_ids) as t (store_id, conversation_id)
    join conversation_weeks w using (store_id, conversation_id);

    select count(*) into rows_before
    from unnest(store_ids, conversation_ids) as t (store_id, conversation_id)
    join conversations c using (store_id, conversation_id)
    where c.started_at >= span_from and c.started_at < span_to;

    perform rebuild_conversations(store_ids, conversation_ids);

    -- A row that stays as it is keeps the transaction that wrote it.
    select count(*), count(*) filter (where c.xmin = pg_current_xact_id()::xid) into rows_after, rows_written
    from unnest(store_ids, conversation_ids) as t (store_id, conversation_id)
    join conversations c using (store_id, conversation_id)
    where c.started_at >= span_from and c.started_at < span_to;
    return rows_written + greatest(rows_before - rows_after, 0);
end
$$;
comment on function recalculate_conversations(uuid[], uuid[], timestamptz) is
    'Rebuilds some conversations from their raw events, and returns how many rows were not what the events make. One call a transaction, read committed.';
