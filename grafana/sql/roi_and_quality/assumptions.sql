-- The assumptions behind the costs, the latest first, and those that hold before the first ones.
-- returns "From" text (local date), numbers float8 (currency of the store, minutes)
-- reads roi_assumptions
select coalesce(valid_from::text, 'before') as "From", cost_per_hour::float8 as "Human agent, per hour",
       minutes::float8 as "Minutes a conversation", ai_cost::float8 as "AI, per conversation"
from (
    select valid_from, avg_human_agent_cost_per_hour, avg_conversation_time_minutes, ai_cost_per_conversation
    from roi_assumptions
    where store_id = '$store'
    union all
    select null, 25.00, 8.0, 0.05
) a (valid_from, cost_per_hour, minutes, ai_cost)
order by valid_from desc nulls last
