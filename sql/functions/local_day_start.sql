-- The first instant of a local day.
-- day date | zone text, IANA timezone
-- returns timestamptz
create or replace function local_day_start(day date, zone text) returns timestamptz
language sql stable strict parallel safe
as $$ select analytics.local_instant(day::timestamp, zone) $$;
comment on function local_day_start(date, text) is 'First instant of a local day in a timezone.';
