-- What is left of event_data in a conversation that names an erased customer: what metrics are made of, no free text.
-- event_type text, event_data jsonb: of the event | labels jsonb: {"label": "its replacement"}
-- returns jsonb: channel, language, topic, agent, response_time_ms, rating, confidence, and what a timeout follows
-- One expression without a subquery, so that PostgreSQL puts it into its caller (3 times as fast).
create or replace function erased_event_data(event_type text, event_data jsonb, labels jsonb) returns jsonb
language sql stable parallel safe
as $$
    select jsonb_strip_nulls(jsonb_build_object(
        'channel', coalesce(labels -> (event_data ->> 'channel'), event_data -> 'channel'),
        'language', coalesce(labels -> (event_data ->> 'language'), event_data -> 'language'),
        -- Metrics read 255 characters of a topic; what follows is free text.
        'topic', coalesce(labels ->> left(event_data ->> 'topic', 255), left(event_data ->> 'topic', 255)),
        'agent', event_data -> 'agent',
        'response_time_ms', event_data -> 'response_time_ms',
        'rating', event_data -> 'rating',
        'confidence', event_data -> 'confidence',
        'reason', case when event_type = 'conversation_abandoned' and event_data ->> 'reason' = 'timeout'
                       then 'timeout' end,
        'after', case when event_type = 'conversation_abandoned' and event_data ->> 'reason' = 'timeout'
                      then event_data -> 'after' end))
$$;
comment on function erased_event_data(text, jsonb, jsonb) is
    'What is left of the event_data of an event in a conversation that names an erased customer.';
