-- Scores three of five conversations of the demo, half an hour after their last event; those that have a score keep it.
-- $1 store_ids uuid[]
with
-- Four numbers from 0 to 99 that depend on nothing but the conversation.
conversation as (
    select c.store_id, c.conversation_id, c.started_at, c.last_event_at, c.outcome,
           hashtextextended(c.conversation_id::text, 1) & 1023 as dice,
           array(select (hashtextextended(c.conversation_id::text, seed) & 1023) % 30
                 from generate_series(2, 5) as s (seed) order by seed) as noise
    from conversations c
    where c.store_id = any ($1::uuid[])
)
insert into conversation_quality_scores (
    conversation_id, store_id, overall_score, helpfulness_score, accuracy_score, politeness_score, scored_at)
select distinct on (c.store_id, c.conversation_id)
       c.conversation_id, c.store_id, (b.best - c.noise[1]) / 100.0, (b.best - c.noise[2]) / 100.0,
       (b.best - c.noise[3]) / 100.0, (100 - c.noise[4] / 3) / 100.0,
       least(c.last_event_at + interval '30 minutes', now())
from conversation c
cross join lateral (
    select case c.outcome when 'resolved' then 98 when 'open' then 85 when 'abandoned' then 70 else 60 end as best
) b
where c.dice % 5 < 3
order by c.store_id, c.conversation_id, c.started_at
on conflict do nothing
