-- The instant that is an age ago, and whether raw events before it may go.
-- $1 age text, an interval as PostgreSQL reads it
-- returns cutoff timestamptz (null for an age without end), age text (as it was understood), is_old_enough boolean (90 days: late events of 55 days
-- and conversations of 30 need 85), is_taken_by_retention boolean (retention drops such events by itself, unarchived)
-- reads installation
select case when isfinite($1::text::interval) then now() - $1::text::interval end as cutoff,
       $1::text::interval::text as age,
       now() - $1::text::interval <= now() - interval '90 days' as is_old_enough,
       not archive_before_drop and $1::text::interval >= raw_retention as is_taken_by_retention
from installation
