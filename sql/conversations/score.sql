-- The quality score of a conversation id, for one store; no row if it was not scored.
-- $1 store_id uuid | $2 conversation_id uuid
-- returns score_id uuid, overall_score numeric (0.00 to 1.00, never null), helpfulness_score numeric, accuracy_score numeric, politeness_score
-- numeric (0.00 to 1.00, null if not scored), scored_at timestamptz
-- reads tenant.conversation_quality_scores
select s.score_id, s.overall_score, s.helpfulness_score, s.accuracy_score, s.politeness_score, s.scored_at
from tenant.conversation_quality_scores s
where s.store_id = $1 and s.conversation_id = $2
