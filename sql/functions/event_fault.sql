-- What is wrong with an event in the ingest format: the first fault, or no row.
-- event jsonb | at timestamptz, the present
-- returns code text (stable, see docs/errors.md), field text, detail text
-- The server checks the same rules in src/events/validate.rs; a test runs both on the same events.
create or replace function event_fault(event jsonb, at timestamptz)
returns table (code text, field text, detail text)
language plpgsql stable
set search_path = analytics, public, pg_temp
as $$
declare
    uuid_pattern constant text := '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$';
    data jsonb := coalesce(nullif(event -> 'event_data', 'null'), '{}');
    key text;
    happened_at timestamptz;
begin
    if jsonb_typeof(event) <> 'object' then
        return query values ('invalid_event', null, 'An event is a JSON object.');
        return;
    end if;

    select k into key from jsonb_object_keys(event) as keys (k)
    where k not in ('event_id', 'conversation_id', 'store_id', 'event_type', 'customer_id', 'timestamp', 'event_data')
    order by k collate "C" limit 1;
    if key is not null then
        return query values ('unknown_field', left(key, 64), 'No such field; what else there is to say goes into event_data.');
        return;
    end if;

    foreach key in array array['store_id', 'conversation_id', 'event_id'] loop
        if coalesce(event -> key, 'null') = 'null' then
            if key <> 'event_id' then
                return query values ('missing_field', key, 'This field is required.');
                return;
            end if;
        elsif jsonb_typeof(event -> key) <> 'string' or event ->> key !~ uuid_pattern then
            return query values ('invalid_uuid', key, 'This field is a UUID.');
            return;
        end if;
    end loop;

    if coalesce(event -> 'event_type', 'null') = 'null' then
        return query values ('missing_field', 'event_type', 'This field is required.');
        return;
    elsif jsonb_typeof(event -> 'event_type') <> 'string' or event ->> 'event_type' not in (
        'conversation_started', 'message_sent', 'message_received', 'conversation_resolved', 'conversation_escalated',
        'conversation_abandoned', 'knowledge_retrieved', 'citation_clicked')
    then
        return query values ('unknown_event_type', 'event_type', 'No such event type.');
        return;
    end if;

    if jsonb_typeof(data) <> 'object' then
        return query values ('invalid_event_data', 'event_data', 'event_data is a JSON object.');
        return;
    elsif octet_length(data::text) > 32768 then
        return query values ('event_data_too_large', 'event_data', 'event_data is at most 32 KiB.');
        return;
    -- Short texts can be neither too deep nor hold such a number, which no 64-bit float comes near.
    elsif octet_length(data::text) > 250 and (
        jsonb_path_exists(data, 'strict $.**{127} ? (@.type() == "object" || @.type() == "array")')
        or jsonb_path_exists(data, '$.** ? (@.type() == "number" && (@ > 1.797693134862315807e308 || @ < -1.797693134862315807e308))'))
    then
        return query values ('invalid_event_data', 'event_data',
            'event_data is a JSON object, at most 127 levels deep, of Unicode text and 64-bit numbers.');
        return;
    end if;
    foreach key in array array['customer_id', 'event_data.customer_id'] loop
        if coalesce(event #> string_to_array(key, '.'), 'null') <> 'null' then
            if jsonb_typeof(event #> string_to_array(key, '.')) <> 'string'
               or event #>> string_to_array(key, '.') = '' then
                return query values ('invalid_customer_id', key, 'A customer is a text of 1 to 255 characters.');
                return;
            elsif length(event #>> string_to_array(key, '.')) > 255 then
                return query values ('customer_id_too_long', key, 'A customer is a text of 1 to 255 characters.');
                return;
            end if;
        end if;
    end loop;

    if coalesce(event -> 'timestamp', 'null') <> 'null' then
        happened_at := event_time(event);
        if happened_at is null then
            return query values ('invalid_timestamp', 'timestamp', 'A timestamp is RFC 3339 text with an offset.');
            return;
        end if;
        if happened_at > at + interval '5 minutes' then
            return query values ('timestamp_in_future', 'timestamp', 'More than 5 minutes ahead of the server.');
            return;
        elsif happened_at < at - interval '1320 hours' then
            return query values ('timestamp_too_old', 'timestamp',
                'More than 55 days ago; history goes in through colloquy import.');
            return;
        end if;
    end if;

    foreach key in array array['channel', 'language', 'subject', 'topic', 'question', 'reason'] loop
        if coalesce(data -> key, 'null') <> 'null' and jsonb_typeof(data -> key) <> 'string' then
            return query values ('invalid_value', 'event_data.' || key, 'This is a text.');
            return;
        end if;
    end loop;
    if coalesce(data -> 'agent', 'null') <> 'null' and coalesce(data ->> 'agent' not in ('ai', 'human')
        or jsonb_typeof(data -> 'agent') <> 'string', true) then
        return query values ('invalid_value', 'event_data.agent', 'This is ai or human.');
        return;
    end if;
    if coalesce(data -> 'response_time_ms', 'null') <> 'null' and (jsonb_typeof(data -> 'response_time_ms') <> 'number'
        or (data ->> 'response_time_ms')::numeric not between 0 and 2592000000) then
        return query values ('invalid_value', 'event_data.response_time_ms', 'This is a number from 0 to 2592000000 (30 days).');
        return;
    end if;
    if coalesce(data -> 'rating', 'null') <> 'null' and (jsonb_typeof(data -> 'rating') <> 'number'
        or (data ->> 'rating')::numeric not in (1, 2, 3, 4, 5)) then
        return query values ('invalid_value', 'event_data.rating', 'This is an integer from 1 to 5.');
        return;
    end if;
    if coalesce(data -> 'confidence', 'null') <> 'null' and (jsonb_typeof(data -> 'confidence') <> 'number'
        or (data ->> 'confidence')::numeric not between 0 and 1) then
        return query values ('invalid_value', 'event_data.confidence', 'This is a number from 0 to 1.');
        return;
    end if;
    if event ->> 'event_type' = 'conversation_abandoned' and data ->> 'reason' = 'timeout' then
        return query values ('reserved_reason', 'event_data.reason', 'Timeouts are made by Colloquy itself.');
        return;
    end if;
end
$$;
comment on function event_fault(jsonb, timestamptz) is 'First fault of an event in the ingest format (code, field, detail), or no row.';
