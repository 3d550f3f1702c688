-- Moves raw_complete_from forward, before raw events are dropped, in the caller's transaction.
-- instant timestamptz: conversations that started before it are frozen from now on
-- Waits for the rebuilds under way, at most 200 ms (55P03 beyond that), because writers that come after wait behind it;
-- hence it asks for the lock only when there is something to move. The caller commits at once.
create or replace function move_raw_complete_from(instant timestamptz) returns void
language plpgsql volatile
set search_path = analytics, public, pg_temp
set lock_timeout = '200ms'
as $$
begin
    if exists (select from installation where raw_complete_from < instant) then
        perform pg_advisory_xact_lock(hashtext('colloquy.raw_complete_from'), 0);
        update installation set raw_complete_from = instant where raw_complete_from < instant;
    end if;
end
$$;
comment on function move_raw_complete_from(timestamptz) is
    'Moves installation.raw_complete_from forward before raw events are dropped; fails rather than wait longer than 200 ms.';
