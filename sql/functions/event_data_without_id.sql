-- The event_data of an event in a conversation of others, without what holds the id of an erased customer.
-- event_data jsonb | id text | labels jsonb: {"label": "its replacement"}
-- returns jsonb; recognised keys that metrics read stay, with labels replaced
create or replace function event_data_without_id(event_data jsonb, id text, labels jsonb) returns jsonb
language sql immutable parallel safe
set search_path = analytics, public, pg_temp
as $$
    select coalesce(jsonb_object_agg(d.key, case
               when d.key in ('channel', 'language') then coalesce(labels -> (d.value #>> '{}'), d.value)
               when d.key = 'topic' and json_holds_id(d.value, id)
                   then coalesce(labels -> left(d.value #>> '{}', 255), to_jsonb(left(d.value #>> '{}', 255)))
               else d.value
           end), '{}')
    from jsonb_each(event_data) as d
    where case
              when d.key in ('channel', 'language', 'topic', 'agent', 'response_time_ms', 'rating', 'confidence')
                  then true
              when d.key = 'customer_id' then d.value <> to_jsonb(id)
              else not (holds_id(d.key, id) or json_holds_id(d.value, id))
          end
$$;
comment on function event_data_without_id(jsonb, text, jsonb) is
    'The event_data of an event in a conversation of others, without what holds the id of an erased customer.';
