-- Sets the ROI assumptions of a store from a local date on; those of the same date are replaced.
-- $1 store_id uuid | $2 valid_from date | $3 avg_human_agent_cost_per_hour numeric
-- $4 avg_conversation_time_minutes numeric | $5 ai_cost_per_conversation numeric
-- returns valid_from date, avg_human_agent_cost_per_hour numeric, avg_conversation_time_minutes numeric,
-- ai_cost_per_conversation numeric
insert into roi_assumptions (store_id, valid_from, avg_human_agent_cost_per_hour, avg_conversation_time_minutes,
                             ai_cost_per_conversation)
values ($1::uuid, $2::date, $3::numeric, $4::numeric, $5::numeric)
on conflict (store_id, valid_from) do update set
    avg_human_agent_cost_per_hour = excluded.avg_human_agent_cost_per_hour,
    avg_conversation_time_minutes = excluded.avg_conversation_time_minutes,
    ai_cost_per_conversation = excluded.ai_cost_per_conversation
returning valid_from, avg_human_agent_cost_per_hour, avg_conversation_time_minutes, ai_cost_per_conversation
