-- The first instant at which the wall clock of a timezone has reached a local time.
-- local_time timestamp | zone text, IANA timezone
-- returns timestamptz
-- Where the local time comes twice it is the first, where it is skipped the first instant after the gap.
-- Not in SQL: each call would be planned, which takes a hundred times as long as the answer.
create or replace function local_instant(local_time timestamp, zone text) returns timestamptz
language plpgsql stable strict parallel safe
as $$
declare
    guess constant timestamptz := local_time at time zone zone;
begin
    -- No change of the clock in the three hours before: PostgreSQL's own answer is the only one.
    if guess at time zone zone = local_time
       and (guess - interval '3 hours') at time zone zone = local_time - interval '3 hours' then
        return guess;
    end if;
    -- Clocks change on whole minutes: try each of them, and the same second of each minute before.
    return (
        select min(candidate)
        -- Three hours, or as long as the gap, which was a whole day where a zone went over the date line.
        from generate_series(0, 180 + greatest(0, extract(epoch from (guess at time zone zone) - local_time)::integer
                                                  / 60)) as back (minutes),
             lateral (values (guess - make_interval(mins => minutes)),
                             (date_trunc('minute', guess) - make_interval(mins => minutes))) as c (candidate)
        where candidate at time zone zone >= local_time);
end
$$;
comment on function local_instant(timestamp, text) is
    'First instant at which the wall clock of a timezone has reached a local time: the first of two, or the end of a gap.';
