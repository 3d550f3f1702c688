-- Rebuilds some conversations and moves a recalculation on, in one transaction.
-- $1 recalculation_id uuid | $2 store_ids uuid[] | $3 conversation_ids uuid[] (pairs, each once)
-- $4 week_at timestamptz, a week in which each of them has an event or a row
-- $5 done_to timestamptz, how far the recalculation has come with this
-- returns changed_rows bigint (of these conversations)
with done as materialized (
    select recalculate_conversations($2::uuid[], $3::uuid[], $4::timestamptz) as changed_rows
)
update recalculations r
set done_to = greatest(r.done_to, $5::timestamptz), conversations_rebuilt = r.conversations_rebuilt + cardinality($2::uuid[]),
    changed_rows = r.changed_rows + d.changed_rows, failures = 0, last_error = null
from done d
where r.recalculation_id = $1::uuid
returning d.changed_rows
