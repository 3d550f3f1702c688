-- The first start of a 15-minute bucket that is not before an instant.
-- at timestamptz
-- returns timestamptz
-- Adding an interval counts as dependent on the session's timezone, which minutes are not. Declared immutable, so that
-- the planner knows the result and prunes chunks by it.
create or replace function bucket_at_or_after(at timestamptz) returns timestamptz
language sql immutable strict parallel safe
as $$ select public.time_bucket(interval '15 minutes', at - interval '1 microsecond') + interval '15 minutes' $$;
comment on function bucket_at_or_after(timestamptz) is 'First start of a 15-minute bucket that is not before an instant.';
