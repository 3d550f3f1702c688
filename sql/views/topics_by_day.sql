-- What was looked up in the knowledge of some stores, by topic and settled day; by conversation where no day has it settled:
-- as analytics.topics_by_day for whoever may read all stores, and as tenant.topics_by_day, which reads the barriers of schema
-- tenant.
-- store_ids uuid[]
-- returns store_id, from_at, to_at (the conversations started from from_at on and before to_at), topic text,
-- retrievals bigint, best_confidence (0 to 1, null if none is given), first_at, last_at (of the retrievals),
-- conversations bigint, escalated_conversations bigint, abandoned_conversations bigint
-- reads settled_topics, rollup_pending, conversations, of the function's own schema; topics stay when raw events go
-- A conversation has started since the first settled day, or left a mark, or no refresh has seen the store.
do $do$
declare
    home text;
begin
    foreach home in array array['analytics', 'tenant'] loop
        execute format($function$
create or replace function %1$I.topics_by_day(store_ids uuid[])
returns table (
    store_id uuid, from_at timestamptz, to_at timestamptz, topic text, retrievals bigint, best_confidence numeric,
    first_at timestamptz, last_at timestamptz, conversations bigint, escalated_conversations bigint,
    abandoned_conversations bigint)
language plpgsql stable
-- Planned for the range at hand, so that only chunks within it are locked and opened.
set plan_cache_mode = force_custom_plan
set jit = off
as $body$
#variable_conflict use_column
declare
    live_stores uuid[];
    live_starts timestamptz[];
    live_ends timestamptz[];
    live_from timestamptz;
begin
    select array_agg(s.store_id), array_agg(lower(o.part)), array_agg(upper(o.part)), min(lower(o.part))
    into live_stores, live_starts, live_ends, live_from
    from unnest(store_ids) as s (store_id)
    cross join lateral (
        select min(p.bucket) as first_at,
               coalesce(range_agg(tstzrange(p.bucket, p.bucket + interval '15 minutes')), '{}') as parts
        from %1$I.rollup_pending p
        where p.store_id = s.store_id
    ) as pending
    cross join lateral (
        select min(d.from_at) as first_at,
               coalesce(range_agg(tstzrange(d.from_at, d.to_at))
                        filter (where not tstzrange(d.from_at, d.to_at) && pending.parts), '{}') as parts
        from %1$I.settled_topics d
        where d.store_id = s.store_id
    ) as settled
    cross join lateral unnest(
        tstzmultirange(tstzrange(case when settled.first_at is null then '-infinity'
                                      else least(settled.first_at, pending.first_at) end, 'infinity'))
        - settled.parts) as o (part);

    return query
        select d.store_id, d.from_at, d.to_at, t.topic, t.retrievals, t.best_confidence, t.first_at, t.last_at,
               t.conversations, t.escalated_conversations, t.abandoned_conversations
        from %1$I.settled_topics d
        cross join unnest(d.topics) t
        where d.store_id = any (store_ids)
          and not exists (
              select
              from unnest(live_stores, live_starts, live_ends) as l (store_id, from_at, to_at)
              where l.store_id = d.store_id and l.from_at < d.to_at and l.to_at > d.from_at)
        union all
        select l.store_id, c.started_at, c.started_at + interval '1 microsecond', t.topic, t.retrievals, t.best_confidence,
               t.first_at, t.last_at, 1, (c.outcome = 'escalated')::integer, (c.outcome = 'abandoned')::integer
        from unnest(live_stores, live_starts, live_ends) as l (store_id, from_at, to_at)
        cross join lateral (
            select c.started_at, c.topics, c.outcome
            from %1$I.conversations c
            where c.store_id = l.store_id and c.started_at >= l.from_at and c.started_at < l.to_at
              and c.started_at >= live_from
            offset 0 -- keeps it a look-up for each range
        ) c
        cross join unnest(c.topics) t;
end
$body$
        $function$, home);
    end loop;
end
$do$;
comment on function analytics.topics_by_day(uuid[]) is
    'Topics that the conversations of some stores looked up, by settled day, and by conversation where no day has it settled.';
comment on function tenant.topics_by_day(uuid[]) is
    'Topics that the conversations of the store of colloquy.store_id looked up, by settled day, and by conversation where no day has it settled.';
