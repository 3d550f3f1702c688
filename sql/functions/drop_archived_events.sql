-- Drops one chunk of raw events whose archive is complete, in the caller's transaction.
-- from_at timestamptz, to_at timestamptz: its range, half-open | archived_events bigint: how many events the archive has
-- returns bigint: how many events the chunk has; they were dropped if there are as many as in the archive, else nothing
-- The caller holds colloquy.raw_in_use exclusively, and raw_complete_from is to_at or later, so that no import and no
-- rebuild is under way here. The count is taken under a lock against whoever writes all the same. Waits at most 200 ms
-- for a lock (55P03 beyond that), because others wait behind it.
create or replace function drop_archived_events(from_at timestamptz, to_at timestamptz, archived_events bigint)
returns bigint
language plpgsql volatile
set search_path = analytics, public, pg_temp
set lock_timeout = '200ms'
as $$
declare
    chunk regclass;
    present_events bigint;
begin
    select format('%I.%I', c.chunk_schema, c.chunk_name)::regclass into strict chunk
    from timescaledb_information.chunks c
    where c.hypertable_schema = 'analytics' and c.hypertable_name = 'conversation_events'
      and c.range_start = drop_archived_events.from_at and c.range_end = drop_archived_events.to_at;
    execute format('lock table %s in share row exclusive mode', chunk);
    select count(*) into present_events
    from conversation_events e
    where e.created_at >= drop_archived_events.from_at and e.created_at < drop_archived_events.to_at;
    if present_events = archived_events then
        perform drop_chunks('analytics.conversation_events', older_than => drop_archived_events.to_at,
                            newer_than => drop_archived_events.from_at);
        update archives a set dropped_at = clock_timestamp()
        where a.from_at = drop_archived_events.from_at and a.to_at = drop_archived_events.to_at and a.dropped_at is null;
    end if;
    return present_events;
end
$$;
comment on function drop_archived_events(timestamptz, timestamptz, bigint) is
    'Drops a chunk of raw events if it has as many as its archive, in the caller''s transaction; returns how many it has.';
