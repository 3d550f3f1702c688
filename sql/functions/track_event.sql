-- Stores one event, or raises its fault.
-- conversation_id uuid | store_id uuid | event_type text | event_data jsonb | "timestamp" timestamptz
-- returns the event's id, uuid
-- Runs with the rights of its owner, as ingest_events does.
create or replace function track_event(
    conversation_id uuid, store_id uuid, event_type text, event_data jsonb default '{}',
    "timestamp" timestamptz default now()) returns uuid
language plpgsql volatile security definer
set search_path = analytics, public, pg_temp
as $$
declare
    event_id constant uuid := gen_random_uuid();
    fault jsonb;
begin
    select errors -> 0 into fault
    from ingest_events(jsonb_build_object(
        'event_id', event_id, 'conversation_id', conversation_id, 'store_id', store_id, 'event_type', event_type,
        'event_data', event_data, 'timestamp', to_jsonb("timestamp")));
    if fault is not null then
        raise exception 'event refused: %', fault ->> 'code'
            using errcode = 'invalid_parameter_value', detail = concat_ws(': ', fault ->> 'field', fault ->> 'detail'),
                  hint = 'See docs/errors.md.';
    end if;
    return event_id;
end
$$;
comment on function track_event(uuid, uuid, text, jsonb, timestamptz) is
    'Stores one event and returns its id, or raises its fault. One call a transaction, read committed.';
