-- Sets the ROI assumptions of a demo store from a local date on, unless there are some for that date.
-- $1 store_id uuid | $2 valid_from date | $3 avg_human_agent_cost_per_hour numeric
-- $4 avg_conversation_time_minutes numeric | $5 ai_cost_per_conversation numeric
insert into roi_assumptions (store_id, valid_from, avg_human_agent_cost_per_hour, avg_conversation_time_minutes,
                             ai_cost_per_conversation)
values ($1::uuid, $2::date, $3::numeric, $4::numeric, $5::numeric)
on conflict do nothing
