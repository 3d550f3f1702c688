-- The timestamp of an event in the ingest format, cut to microseconds.
-- event jsonb
-- returns timestamptz, null where the event has none or it is not RFC 3339
create or replace function event_time(event jsonb) returns timestamptz
language plpgsql stable strict parallel safe
as $$
begin
    if jsonb_typeof(event -> 'timestamp') = 'string' and event ->> 'timestamp' ~*
        '^[0-9]{4}-[0-9]{2}-[0-9]{2}[t ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-6][0-9]([.][0-9]+)?(z|[+-](0[0-9]|1[0-5]):[0-5][0-9])$'
    then
        -- Second 60 is the first one of the next minute; PostgreSQL takes it without a fraction only.
        return regexp_replace(replace(event ->> 'timestamp', ':60', ':59'), '([.][0-9]{6})[0-9]+', '\1')::timestamptz
            + case when event ->> 'timestamp' like '%:60%' then interval '1 second' else interval '0 seconds' end;
    end if;
    return null;
exception when invalid_datetime_format or datetime_field_overflow then
    return null;
end
$$;
comment on function event_time(jsonb) is 'The timestamp of an event in the ingest format, cut to microseconds; null if it is not RFC 3339.';
