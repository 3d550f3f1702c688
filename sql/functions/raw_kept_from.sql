-- The instant from which on all raw events are still there.
-- returns timestamptz, -infinity while nothing has been dropped
-- Runs with the rights of its owner: queries of one store have no right on the table.
create or replace function raw_kept_from() returns timestamptz
language sql stable security definer
set search_path = analytics, public, pg_temp
as $$
    select raw_complete_from from installation
$$;
comment on function raw_kept_from() is 'The instant from which on all raw events are still there.';
