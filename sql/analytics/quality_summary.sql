-- The quality of the conversations that started in a range, as the row quality of quality.sql, without anything beside it.
-- $1 store_id uuid | $2 from timestamptz, inclusive | $3 to timestamptz, exclusive
-- returns total_conversations bigint, scored_conversations bigint, scored_rate float8, avg_overall_score float8,
-- avg_helpfulness_score float8, avg_accuracy_score float8, avg_politeness_score float8, resolution_rate float8 (of the
-- scored ones), ai_resolution_rate float8 (of the scored ones), csat float8, csat_responses bigint;
-- all 0 to 1 but the counts, null without anything to divide by
-- reads tenant.conversations, tenant.scored_conversations
with
sums as (
    select count(*) as total,
           count(s.overall_score) as scored,
           avg(s.overall_score)::float8 as avg_overall_score,
           avg(s.helpfulness_score)::float8 as avg_helpfulness_score,
           avg(s.accuracy_score)::float8 as avg_accuracy_score,
           avg(s.politeness_score)::float8 as avg_politeness_score,
           count(s.overall_score) filter (where c.outcome = 'resolved') as scored_resolved,
           count(s.overall_score) filter (where c.ai_resolved) as scored_ai_resolved,
           count(*) filter (where c.rating >= 4) as satisfied,
           count(c.rating) as rated
    from tenant.conversations c
    left join tenant.scored_conversations($1, $2, $3) s using (conversation_id, started_at)
    where c.store_id = $1::uuid and c.started_at >= $2::timestamptz and c.started_at < $3::timestamptz
)
select total as total_conversations,
       scored as scored_conversations,
       scored::float8 / nullif(total, 0) as scored_rate,
       avg_overall_score,
       avg_helpfulness_score,
       avg_accuracy_score,
       avg_politeness_score,
       scored_resolved::float8 / nullif(scored, 0) as resolution_rate,
       scored_ai_resolved::float8 / nullif(scored, 0) as ai_resolution_rate,
       satisfied::float8 / nullif(rated, 0) as csat,
       rated as csat_responses
from sums
