-- An instant as RFC 3339 text in the local time of a timezone, with its offset, to the second.
-- at timestamptz | zone text, IANA timezone
-- returns text
create or replace function local_text(at timestamptz, zone text) returns text
language sql stable strict parallel safe
as $$
    select to_char(local_time, 'YYYY-MM-DD"T"HH24:MI:SS')
        || case when east < interval '0' then '-' else '+' end
        || to_char(greatest(east, -east), 'HH24:MI')
    from (select at at time zone zone, (at at time zone zone) - (at at time zone 'UTC')) as l (local_time, east)
$$;
comment on function local_text(timestamptz, text) is 'An instant as RFC 3339 text in the local time of a timezone.';
