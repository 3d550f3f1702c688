-- An instant as RFC 3339 text in the local time of a timezone, with its offset, to the second.
-- at timestamptz | zone text, IANA timezone
-- returns text
-- Not in SQL: each call would be planned.
create or replace function local_text(at timestamptz, zone text) returns text
language plpgsql stable strict parallel safe
as $$
declare
    local_time constant timestamp := at at time zone zone;
    east constant interval := local_time - (at at time zone 'UTC');
begin
    return to_char(local_time, 'YYYY-MM-DD"T"HH24:MI:SS')
        || case when east < interval '0' then '-' else '+' end
        || to_char(greatest(east, -east), 'HH24:MI');
end
$$;
comment on function local_text(timestamptz, text) is 'An instant as RFC 3339 text in the local time of a timezone.';
