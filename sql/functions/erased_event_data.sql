-- What is left of event_data when a customer is erased.
-- event_type text, event_data jsonb: of the event | id text: the customer | labels jsonb: {"label": "its replacement"}
-- is_named boolean: the conversation names the customer, so that all free text in it goes; otherwise only what holds
-- the id goes
-- returns jsonb; what metrics are made of stays: channel, language, topic, agent, response_time_ms, rating, confidence,
-- and what a timeout follows
create or replace function erased_event_data(
    event_type text, event_data jsonb, id text, labels jsonb, is_named boolean) returns jsonb
language sql immutable parallel safe
set search_path = analytics, public, pg_temp
as $$
    select coalesce(jsonb_object_agg(d.key, case
               when d.key in ('channel', 'language') then coalesce(labels -> (d.value #>> '{}'), d.value)
               -- Metrics read 255 characters of a topic; what follows is free text.
               when d.key = 'topic' and (is_named or json_holds_id(d.value, id))
                   then coalesce(labels -> left(d.value #>> '{}', 255), to_jsonb(left(d.value #>> '{}', 255)))
               else d.value
           end), '{}')
    from jsonb_each(event_data) as d
    where d.key in ('channel', 'language', 'topic', 'agent', 'response_time_ms', 'rating', 'confidence')
       or (event_type = 'conversation_abandoned' and event_data ->> 'reason' = 'timeout' and d.key in ('reason', 'after'))
       or (not is_named and case d.key when 'customer_id' then d.value <> to_jsonb(id)
                                       else not (holds_id(d.key, id) or json_holds_id(d.value, id)) end)
$$;
comment on function erased_event_data(text, jsonb, text, jsonb, boolean) is
    'What is left of the event_data of an event when a customer is erased.';
