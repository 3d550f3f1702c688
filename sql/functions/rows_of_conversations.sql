-- The rows of some conversations, for rebuild_conversations.
-- store_ids uuid[], conversation_ids uuid[]: pairs, each once | are_skipped boolean[]: pairs to leave out
-- | span_from timestamptz, inclusive | span_to timestamptz, exclusive: when the rows started
-- returns conversations[], null if there is none
create or replace function rows_of_conversations(
    store_ids uuid[], conversation_ids uuid[], are_skipped boolean[], span_from timestamptz, span_to timestamptz)
returns conversations[]
language plpgsql stable
set search_path = analytics, public, pg_temp
-- Planned for the range at hand, so that it locks and opens no chunk outside of it.
set plan_cache_mode = force_custom_plan
-- The look-ups by index have no other plan anyway; looking for fewer chunks costs each three times its own time.
set enable_nestloop = off
set timescaledb.enable_runtime_exclusion = off
set jit = off
as $$
begin
    return array_agg(c)
    from unnest(store_ids, conversation_ids, are_skipped) as t (store_id, conversation_id, is_skipped)
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
    where not t.is_skipped;
end
$$;
comment on function rows_of_conversations(uuid[], uuid[], boolean[], timestamptz, timestamptz) is
    'The rows of some conversations that started in a range, for rebuild_conversations.';
