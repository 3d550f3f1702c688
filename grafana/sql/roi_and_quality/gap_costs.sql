-- The unresolved content gaps of the store, with the conversations of the time range on their topics and what
-- people cost in those that were escalated or abandoned, each by the assumptions in force on its local day.
-- returns "Topic" text, "Status" text, counts bigint, "Human cost" float8 (currency of the store, two decimals)
-- reads stores, roi_assumptions, conversations, content_gaps
with
conversation as (
    select c.topics, c.outcome, (c.started_at at time zone s.timezone)::date as date
    from conversations c
    join stores s using (store_id)
    where c.store_id = '$store' and c.started_at >= $__timeFrom() and c.started_at < $__timeTo()
),
-- Grouped by day first: assumptions are looked up once for each topic and day.
by_day as (
    select t.topic, c.date, count(*) as conversations,
           count(*) filter (where c.outcome = 'escalated') as escalated,
           count(*) filter (where c.outcome = 'abandoned') as abandoned
    from conversation c
    cross join unnest(c.topics) t
    group by t.topic, c.date
),
-- Before the first stored assumptions the defaults hold.
by_topic as (
    select b.topic, sum(b.conversations)::bigint as conversations, sum(b.escalated)::bigint as escalated,
           sum(b.abandoned)::bigint as abandoned,
           sum((b.escalated + b.abandoned) * coalesce(r.avg_human_agent_cost_per_hour, 25.00)
               * coalesce(r.avg_conversation_time_minutes, 8.0)) / 60 as human_cost
    from by_day b
    left join lateral (
        select a.avg_human_agent_cost_per_hour, a.avg_conversation_time_minutes
        from roi_assumptions a
        where a.store_id = '$store' and a.valid_from <= b.date
        order by a.valid_from desc
        limit 1
    ) r on true
    group by b.topic
)
select g.topic as "Topic", g.status as "Status", coalesce(t.conversations, 0) as "Conversations",
       coalesce(t.escalated, 0) as "Escalated", coalesce(t.abandoned, 0) as "Abandoned",
       coalesce(round(t.human_cost, 2), 0)::float8 as "Human cost"
from content_gaps g
left join by_topic t using (topic)
where g.store_id = '$store' and g.status <> 'resolved'
order by 6 desc, g.topic
limit 50
