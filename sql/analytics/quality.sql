-- Quality scores of the conversations that started in a range: averages, before, by day, by outcome, and how they spread.
-- $1 store_id uuid | $2 from timestamptz, inclusive | $3 to timestamptz, exclusive
-- $4 previous_from timestamptz, null without comparison | $5 previous_to timestamptz
-- $6 edges timestamptz[], ascending starts of the days, the first of them $2; none without days
-- $7 dates date[], one for each edge
-- returns part text (quality, previous_period, daily, outcome, or the name of a score), label text (null for the first
-- two; the local date, the outcome, or the lower end of a tenth of the scores), total_conversations bigint,
-- scored_conversations bigint, scored_rate float8, avg_overall_score float8, avg_helpfulness_score float8,
-- avg_accuracy_score float8, avg_politeness_score float8, resolution_rate float8 (of the scored ones),
-- ai_resolution_rate float8 (of the scored ones), csat float8, csat_responses bigint;
-- all 0 to 1 but the counts, null without anything to divide by
-- reads tenant.conversations, tenant.scored_conversations
with
cohort as (
    select true as is_current, c.started_at, c.outcome, c.ai_resolved, c.rating, s.overall_score,
           s.helpfulness_score, s.accuracy_score, s.politeness_score
    from tenant.conversations c
    left join tenant.scored_conversations($1, $2, $3) s using (conversation_id, started_at)
    where c.store_id = $1::uuid and c.started_at >= $2::timestamptz and c.started_at < $3::timestamptz
    union all
    select false, c.started_at, c.outcome, c.ai_resolved, c.rating, s.overall_score,
           s.helpfulness_score, s.accuracy_score, s.politeness_score
    from tenant.conversations c
    left join tenant.scored_conversations($1, $4, $5) s using (conversation_id, started_at)
    where c.store_id = $1 and c.started_at >= $4::timestamptz and c.started_at < $5::timestamptz
),
-- Every row of the answer, those without conversations too.
places as (
    select 1 as position, 'quality' as part, 0 as place, null as label
    union all
    select 2, 'previous_period', 0, null
    where $4 is not null
    union all
    select 3, 'daily', d.place::integer, d.date::text
    from unnest($7::date[]) with ordinality as d (date, place)
    union all
    select 4, 'outcome', o.place, o.outcome
    from (values (1, 'open'), (2, 'resolved'), (3, 'escalated'), (4, 'abandoned')) as o (place, outcome)
    union all
    select s.position, s.part, tenth, '0.' || tenth
    from (values (5, 'overall_score'), (6, 'helpfulness_score'), (7, 'accuracy_score'), (8, 'politeness_score'))
        as s (position, part)
    cross join generate_series(0, 9) as t (tenth)
),
-- A conversation counts in up to seven rows; 1.00 belongs to the last tenth.
sums as (
    select g.position, g.place,
           count(*) as total,
           count(c.overall_score) as scored,
           avg(c.overall_score)::float8 as avg_overall_score,
           avg(c.helpfulness_score)::float8 as avg_helpfulness_score,
           avg(c.accuracy_score)::float8 as avg_accuracy_score,
           avg(c.politeness_score)::float8 as avg_politeness_score,
           count(c.overall_score) filter (where c.outcome = 'resolved') as scored_resolved,
           count(c.overall_score) filter (where c.ai_resolved) as scored_ai_resolved,
           count(*) filter (where c.rating >= 4) as satisfied,
           count(c.rating) as rated
    from cohort c
    cross join lateral (values
        (case when c.is_current then 1 else 2 end, 0),
        (3, width_bucket(c.started_at, $6::timestamptz[])),
        (4, array_position(array['open', 'resolved', 'escalated', 'abandoned'], c.outcome)),
        (5, floor(c.overall_score * 10 - (c.overall_score = 1)::integer)::integer),
        (6, floor(c.helpfulness_score * 10 - (c.helpfulness_score = 1)::integer)::integer),
        (7, floor(c.accuracy_score * 10 - (c.accuracy_score = 1)::integer)::integer),
        (8, floor(c.politeness_score * 10 - (c.politeness_score = 1)::integer)::integer)) as g (position, place)
    where (c.is_current or g.position = 2) and g.place is not null
    group by g.position, g.place
)
select p.part,
       p.label,
       coalesce(s.total, 0) as total_conversations,
       coalesce(s.scored, 0) as scored_conversations,
       s.scored::float8 / nullif(s.total, 0) as scored_rate,
       s.avg_overall_score,
       s.avg_helpfulness_score,
       s.avg_accuracy_score,
       s.avg_politeness_score,
       s.scored_resolved::float8 / nullif(s.scored, 0) as resolution_rate,
       s.scored_ai_resolved::float8 / nullif(s.scored, 0) as ai_resolution_rate,
       s.satisfied::float8 / nullif(s.rated, 0) as csat,
       coalesce(s.rated, 0) as csat_responses
from places p
left join sums s using (position, place)
order by p.position, p.place
