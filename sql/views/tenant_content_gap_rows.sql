-- The content gaps of a store, each with the conversations that asked for its topic and what people cost in those
-- that ended escalated or abandoned.
-- store uuid
-- returns the columns of tenant.content_gaps that answers show, conversations bigint (rows of conversations with the
-- topic), escalated_conversations bigint, abandoned_conversations bigint, human_cost numeric (currency of the store,
-- two decimals, with the assumptions in force on the local day each conversation started)
-- reads local_day_start, tenant.content_gaps, tenant.topics_by_day, tenant.roi_assumptions, tenant.stores
-- One statement without state, so that PostgreSQL inlines it.
create or replace function tenant.content_gap_rows(store uuid)
returns table (
    gap_id uuid, topic text, status text, frequency bigint, confidence_threshold numeric, best_confidence numeric,
    example_questions text[], first_seen_at timestamptz, last_seen_at timestamptz, conversations bigint,
    escalated_conversations bigint, abandoned_conversations bigint, human_cost numeric, created_at timestamptz,
    updated_at timestamptz, resolved_at timestamptz, reopened_count integer)
language sql stable
as $$
    with
    -- Before the first stored assumptions the defaults hold.
    assumptions as (
        select timestamptz '-infinity' as from_at, 25.00 as cost_per_hour, 8.0 as minutes
        union all
        select analytics.local_day_start(r.valid_from, s.timezone), r.avg_human_agent_cost_per_hour,
               r.avg_conversation_time_minutes
        from tenant.roi_assumptions r
        join tenant.stores s using (store_id)
        where r.store_id = store
    ),
    in_force as materialized (
        select from_at, lead(from_at, 1, 'infinity') over (order by from_at) as to_at, cost_per_hour * minutes as cost
        from assumptions
    ),
    -- Grouped by period first: decimals are multiplied once for each. A settled day is a local day, so it is in one.
    by_period as (
        select t.topic, a.cost, sum(t.conversations) as conversations, sum(t.escalated_conversations) as escalated,
               sum(t.abandoned_conversations) as abandoned
        from tenant.topics_by_day(array(select s.store_id from tenant.stores s where s.store_id = store)) t
        join in_force a on t.from_at >= a.from_at and t.from_at < a.to_at
        group by t.topic, a.from_at, a.cost
    ),
    -- Divided by 60 once, at the end, so that only the answer is rounded. Materialized, or it would run for each gap.
    by_topic as materialized (
        select topic, sum(conversations)::bigint as conversations, sum(escalated)::bigint as escalated,
               sum(abandoned)::bigint as abandoned, round(sum((escalated + abandoned) * cost) / 60, 2) as human_cost
        from by_period
        group by topic
    )
    select g.gap_id, g.topic, g.status, g.frequency, g.confidence_threshold, g.best_confidence, g.example_questions,
           g.first_seen_at, g.last_seen_at, coalesce(t.conversations, 0), coalesce(t.escalated, 0),
           coalesce(t.abandoned, 0), coalesce(t.human_cost, 0.00), g.created_at, g.updated_at, g.resolved_at,
           g.reopened_count
    from tenant.content_gaps g
    left join by_topic t using (topic)
    where g.store_id = store
$$;
comment on function tenant.content_gap_rows(uuid) is
    'Content gaps of the store of colloquy.store_id, with the conversations on their topics and what people cost in those that were escalated or abandoned.';
