-- The first instant at which the wall clock of a timezone has reached a local time.
-- local_time timestamp | zone text, IANA timezone
-- returns timestamptz
-- Where the local time comes twice it is the first, where it is skipped the first instant after the gap.
create or replace function local_instant(local_time timestamp, zone text) returns timestamptz
language sql stable strict parallel safe
as $$
    select case
        -- No change of the clock in the three hours before: PostgreSQL's own answer is the only one.
        when guess at time zone zone = local_time
         and (guess - interval '3 hours') at time zone zone = local_time - interval '3 hours'
        then guess
        -- Clocks change on whole minutes: try each of them, and the same second of each minute before.
        else (
            select min(candidate)
            -- Three hours, or as long as the gap, which was a whole day where a zone went over the date line.
            from generate_series(0, 180 + greatest(0, extract(epoch from (guess at time zone zone) - local_time)::integer
                                                      / 60)) as back (minutes),
                 lateral (values (guess - make_interval(mins => minutes)),
                                 (date_trunc('minute', guess) - make_interval(mins => minutes))) as c (candidate)
            where candidate at time zone zone >= local_time
        )
    end
    from (select local_time at time zone zone) as g (guess)
$$;
comment on function local_instant(timestamp, text) is
    'First instant at which the wall clock of a timezone has reached a local time: the first of two, or the end of a gap.';
