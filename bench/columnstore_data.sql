-- Fills conversation_events with weeks of raw events for bench/columnstore: 200 stores, the largest with half of all
-- conversations, eight events a conversation on average, bodies as integrations send them.
-- psql variables: weeks, conversations (a week), last (timestamptz, end of the last week, on a chunk border)
insert into stores (store_id, name)
select md5('store ' || n)::uuid, 'Bench ' || n from generate_series(1, 200) as s (n)
on conflict do nothing;

create temporary table chats as
select gen_random_uuid() as conversation_id,
       -- Shares of 1/2, 1/6, 1/12, …
       md5('store ' || least(200, 1 + floor(1 / (1 - random()) - 1)::integer))::uuid as store_id,
       :'last'::timestamptz - :weeks * interval '7 days' + random() * :weeks * interval '7 days' as started_at,
       'c-' || floor(random() * 200000) as customer_id,
       (array['web', 'web', 'web', 'app', 'email', 'whatsapp'])[1 + floor(random() * 6)::integer] as channel,
       (array['en', 'en', 'de', 'fr', 'es'])[1 + floor(random() * 5)::integer] as language,
       (array['shipping', 'returns', 'invoice', 'sizes', 'warranty', 'repair', 'leasing', 'login'])[1 + floor(random() * 8)::integer] as topic,
       2 + floor(random() * 5)::integer as turns
from generate_series(1, :conversations * :weeks) as s (n);

create temporary table bodies as
with words as (
    select array['order', 'my', 'parcel', 'has', 'not', 'arrived', 'where', 'is', 'the', 'refund', 'for', 'a', 'blue', 'jacket',
                 'size', 'wrong', 'please', 'help', 'with', 'invoice', 'number', 'when', 'will', 'it', 'be', 'sent', 'back'] as word
)
select c.*, e.nth, e.event_type,
       c.started_at + e.nth * interval '20 seconds' + random() * interval '15 seconds' as created_at,
       case e.event_type
           when 'conversation_started' then jsonb_build_object('channel', c.channel, 'language', c.language,
               'subject', (select string_agg(word[1 + floor(random() * 27)::integer], ' ') from words, generate_series(1, 5 + c.turns)))
           when 'message_sent' then jsonb_build_object('agent', case when random() < 0.1 then 'human' else 'ai' end,
               'response_time_ms', floor(400 + random() * 4000), 'model', 'assistant-2', 'tokens', floor(random() * 900))
           when 'knowledge_retrieved' then jsonb_build_object('topic', c.topic, 'confidence', round(random()::numeric, 2),
               'question', (select string_agg(word[1 + floor(random() * 27)::integer], ' ') from words, generate_series(1, 8 + c.turns)),
               'article_id', floor(random() * 5000))
           when 'conversation_resolved' then jsonb_build_object('rating', 1 + floor(random() * 5))
           else '{}'
       end as event_data
from chats c
cross join lateral (
    select 0, 'conversation_started'
    union all
    select 3 * t - 2, 'message_received' from generate_series(1, c.turns) as g (t)
    union all
    select 3 * t - 1, 'knowledge_retrieved' from generate_series(1, c.turns, 3) as g (t)
    union all
    select 3 * t, 'message_sent' from generate_series(1, c.turns) as g (t)
    union all
    select 3 * c.turns + 1, case when random() < 0.8 then 'conversation_resolved' else 'conversation_escalated' end
) as e (nth, event_type)
where c.started_at + e.nth * interval '20 seconds' + interval '1 minute' < :'last'::timestamptz;

insert into conversation_events (store_id, conversation_id, event_id, event_type, customer_id, response_us, event_data,
                                 created_at, received_at)
select store_id, conversation_id, gen_random_uuid(), event_type, case when nth = 0 then customer_id end,
       (event_data -> 'response_time_ms')::numeric * 1000, event_data, created_at, created_at + random() * interval '2 seconds'
from bodies
order by created_at;

insert into conversation_weeks (store_id, conversation_id, week_at)
select distinct store_id, conversation_id, time_bucket(interval '168 hours', created_at, timestamptz '1970-01-01 00:00:00+00')
from bodies
on conflict do nothing;
analyze conversation_events;
analyze conversation_weeks;
