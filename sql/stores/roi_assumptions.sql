-- All dated ROI assumptions of a store, oldest first.
-- $1 store_id uuid
-- returns valid_from date, avg_human_agent_cost_per_hour numeric (currency of the store per hour, never null),
-- avg_conversation_time_minutes numeric (never null), ai_cost_per_conversation numeric (currency of the store, never
-- null)
-- reads tenant.roi_assumptions
select valid_from, avg_human_agent_cost_per_hour, avg_conversation_time_minutes, ai_cost_per_conversation
from tenant.roi_assumptions
where store_id = $1::uuid
order by valid_from
