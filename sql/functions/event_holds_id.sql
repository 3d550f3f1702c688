-- Whether the event_data of an event names a customer, or holds the id where something can be taken out.
-- event_data jsonb | id text
-- returns boolean; other customers' ids and the recognised numbers are not searched
create or replace function event_holds_id(event_data jsonb, id text) returns boolean
language sql immutable parallel safe
set search_path = analytics, public, pg_temp
as $$
    select coalesce(event_data ->> 'customer_id' = id, false)
        or json_holds_id(event_data - '{customer_id,agent,response_time_ms,rating,confidence}'::text[], id)
$$;
comment on function event_holds_id(jsonb, text) is
    'Whether the event_data of an event names a customer, or holds the id where something can be taken out.';
