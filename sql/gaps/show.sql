-- One content gap of a store.
-- $1 store_id uuid | $2 gap_id uuid
-- returns gap_id uuid, topic text, status text ('identified', 'in_progress' or 'resolved'), frequency bigint,
-- confidence_threshold numeric (0 to 1, never null), best_confidence numeric (0 to 1, null if none is known),
-- example_questions text[], first_seen_at timestamptz (null if never), last_seen_at timestamptz (null if never),
-- conversations bigint, escalated_conversations bigint, abandoned_conversations bigint, human_cost numeric (currency of
-- the store, two decimals, never null), created_at timestamptz, updated_at timestamptz,
-- resolved_at timestamptz (null while not resolved), reopened_count integer
-- reads conversations, tenant.content_gap_rows
select gap_id, topic, status, frequency, confidence_threshold, best_confidence, example_questions, first_seen_at,
       last_seen_at, conversations, escalated_conversations, abandoned_conversations, human_cost, created_at,
       updated_at, resolved_at, reopened_count
from tenant.content_gap_rows($1)
where gap_id = $2::uuid
