-- What the AI saved in a range of local days by the stored formula and assumptions, as the row roi of roi.sql, and the
-- quality of the conversations that started in it, as the row quality of quality.sql: from the same sums, for one store.
-- $1 store_id uuid | $2 from timestamptz, inclusive | $3 to timestamptz, exclusive
-- $4 dates date[], the local days | $5 edges timestamptz[], their ascending starts, the first of them $2
-- returns total_conversations bigint, ai_resolved_conversations bigint,
-- avg_human_agent_cost_per_hour numeric (in force on the last day, never null), avg_conversation_time_minutes numeric (in
-- force on the last day, never null), ai_cost_per_conversation numeric (in force on the last day, never null),
-- human_agent_cost numeric (currency of the store, two decimals, never null), ai_cost numeric (currency of the store, two
-- decimals, never null), savings numeric (currency of the store, two decimals, never null), roi_percentage numeric (two
-- decimals, 0 when ai_cost is 0, never null), assumptions_changed boolean,
-- scored_conversations bigint, scored_rate float8, avg_overall_score float8,
-- avg_helpfulness_score float8, avg_accuracy_score float8, avg_politeness_score float8, resolution_rate float8 (of the
-- scored ones), ai_resolution_rate float8 (of the scored ones), csat float8, csat_responses bigint;
-- scores and rates are 0 to 1, null without anything to divide by
-- reads tenant.period_sums, tenant.roi_of_days, tenant.scored_conversations
with
whole as (
    select array_agg(coalesce(s.total_conversations, 0) order by d.bucket) as totals,
           array_agg(coalesce(s.ai_resolved_conversations, 0) order by d.bucket) as ai_resolved,
           coalesce(sum(s.satisfied_responses), 0)::bigint as satisfied,
           coalesce(sum(s.csat_responses), 0)::bigint as rated
    from unnest($4::date[]) with ordinality as d (date, bucket)
    left join tenant.period_sums($1::uuid, $2::timestamptz, $3::timestamptz, $5::timestamptz[]) s using (bucket)
),
-- Few conversations have a score.
scores as (
    select count(*) as scored,
           avg(s.overall_score)::float8 as avg_overall_score,
           avg(s.helpfulness_score)::float8 as avg_helpfulness_score,
           avg(s.accuracy_score)::float8 as avg_accuracy_score,
           avg(s.politeness_score)::float8 as avg_politeness_score,
           count(*) filter (where s.outcome = 'resolved') as scored_resolved,
           count(*) filter (where s.ai_resolved) as scored_ai_resolved
    from tenant.scored_conversations($1, $2, $3) s
)
select r.total_conversations,
       r.ai_resolved_conversations,
       r.avg_human_agent_cost_per_hour,
       r.avg_conversation_time_minutes,
       r.ai_cost_per_conversation,
       r.human_agent_cost,
       r.ai_cost,
       r.savings,
       r.roi_percentage,
       r.assumptions_changed,
       s.scored as scored_conversations,
       s.scored::float8 / nullif(r.total_conversations, 0) as scored_rate,
       s.avg_overall_score,
       s.avg_helpfulness_score,
       s.avg_accuracy_score,
       s.avg_politeness_score,
       s.scored_resolved::float8 / nullif(s.scored, 0) as resolution_rate,
       s.scored_ai_resolved::float8 / nullif(s.scored, 0) as ai_resolution_rate,
       w.satisfied::float8 / nullif(w.rated, 0) as csat,
       w.rated as csat_responses
from whole w
cross join scores s
cross join lateral tenant.roi_of_days($1, $4, w.totals, w.ai_resolved, null, null, null) r
