-- What the AI cost and saved, by store and local day, for the days with conversations.
-- returns store_id uuid, date date (local), counts bigint, the assumptions in force on the day numeric, costs numeric
-- (currency of the store, not rounded)
-- reads daily_metrics, roi_assumptions
-- The formulas are those of tenant.roi_of_days, which answers the API. To sum days exactly, sum the products of the counts and
-- the assumptions and divide by 60 once.
create or replace view daily_roi as
select d.store_id, d.date, d.total_conversations, d.ai_resolved_conversations,
       a.cost_per_hour as avg_human_agent_cost_per_hour, a.minutes as avg_conversation_time_minutes,
       a.ai_cost as ai_cost_per_conversation,
       d.total_conversations * a.minutes * a.cost_per_hour / 60 as human_agent_cost,
       d.total_conversations * a.ai_cost as ai_cost,
       d.ai_resolved_conversations * a.minutes * a.cost_per_hour / 60 - d.ai_resolved_conversations * a.ai_cost as savings
from daily_metrics d
-- Before the first stored assumptions the defaults hold.
left join lateral (
    select r.avg_human_agent_cost_per_hour, r.avg_conversation_time_minutes, r.ai_cost_per_conversation
    from roi_assumptions r
    where r.store_id = d.store_id and r.valid_from <= d.date
    order by r.valid_from desc
    limit 1
) r on true
cross join lateral (
    select coalesce(r.avg_human_agent_cost_per_hour, 25.00), coalesce(r.avg_conversation_time_minutes, 8.0),
           coalesce(r.ai_cost_per_conversation, 0.05)
) a (cost_per_hour, minutes, ai_cost);
comment on view daily_roi is 'What the AI cost and saved on a local day of a store, by the assumptions in force on it; one row per store and day with conversations. Filter by store_id and date.';
comment on column daily_roi.store_id is 'Store.';
comment on column daily_roi.date is 'Local date, in the timezone of the store.';
comment on column daily_roi.total_conversations is 'Conversations that started on the day.';
comment on column daily_roi.ai_resolved_conversations is 'Resolved, never escalated, no human message.';
comment on column daily_roi.avg_human_agent_cost_per_hour is 'Assumption in force on the day, in the currency of the store.';
comment on column daily_roi.avg_conversation_time_minutes is 'Assumption in force on the day, in minutes.';
comment on column daily_roi.ai_cost_per_conversation is 'Assumption in force on the day, in the currency of the store.';
comment on column daily_roi.human_agent_cost is 'What people would have cost in all conversations, in the currency of the store; not rounded.';
comment on column daily_roi.ai_cost is 'What the AI cost in all conversations, in the currency of the store; not rounded.';
comment on column daily_roi.savings is 'What people would have cost in the AI-resolved ones, less what the AI cost in them; not rounded.';
