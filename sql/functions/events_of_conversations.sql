-- The events of some conversations, taken apart, for rebuild_conversations.
-- store_ids uuid[], conversation_ids uuid[]: pairs, each once; their ordinal is the number in the result
-- | are_skipped boolean[]: pairs to leave out | span_from timestamptz, inclusive | span_to timestamptz, exclusive
-- returns event_parts[], null if there is none
create or replace function events_of_conversations(
    store_ids uuid[], conversation_ids uuid[], are_skipped boolean[], span_from timestamptz, span_to timestamptz)
returns event_parts[]
language plpgsql stable
set search_path = analytics, public, pg_temp
-- All of it as in rows_of_conversations.
set plan_cache_mode = force_custom_plan
set enable_nestloop = off
set timescaledb.enable_runtime_exclusion = off
set jit = off
as $$
begin
    return array_agg(event_parts_of(t.number, e.event_id, e.event_type, e.created_at, e.customer_id, e.response_us,
                                    e.event_data))
    from unnest(store_ids, conversation_ids, are_skipped) with ordinality
         as t (store_id, conversation_id, is_skipped, number)
    cross join lateral (
        select *
        from conversation_events e
        where e.conversation_id = t.conversation_id
          and e.created_at >= span_from and e.created_at < span_to
          and e.store_id is not distinct from t.store_id
        offset 0
    ) e
    where not t.is_skipped;
end
$$;
comment on function events_of_conversations(uuid[], uuid[], boolean[], timestamptz, timestamptz) is
    'The events of some conversations in a range, taken apart, for rebuild_conversations.';
