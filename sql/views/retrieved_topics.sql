-- What was looked up in the knowledge of some stores: a row for each topic of their conversations.
-- store_ids uuid[]
-- returns store_id, topic, frequency bigint (retrievals), best_confidence (0 to 1, null if none is given),
-- first_seen_at, last_seen_at
-- reads topics_by_day
create or replace function retrieved_topics(store_ids uuid[])
returns table (
    store_id uuid, topic text, frequency bigint, best_confidence numeric, first_seen_at timestamptz,
    last_seen_at timestamptz)
language sql stable
as $$
    select t.store_id, t.topic, sum(t.retrievals)::bigint, max(t.best_confidence), min(t.first_at), max(t.last_at)
    from analytics.topics_by_day(store_ids) t
    group by t.store_id, t.topic
$$;
comment on function retrieved_topics(uuid[]) is
    'Topics that the conversations of some stores looked up: number of retrievals, best confidence, first and last time.';
