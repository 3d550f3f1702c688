-- Metrics by store and local month, for those with conversations.
-- returns store_id uuid, date date (local, its first day), counts bigint, averages in milliseconds
-- float8 (null without answers), rates float8 (0 to 1)
-- reads store_days, conversations
-- The range comes from store_days, so that a filter on store and date opens only the chunks of those months.
create or replace view monthly_metrics as
select d.store_id, d.date, m.*
from (
    select store_id, date_trunc('month', date::timestamp)::date as date, min(from_at) as from_at, max(to_at) as to_at
    from store_days
    group by store_id, date_trunc('month', date::timestamp)::date
) d
cross join lateral conversation_metrics(d.store_id, d.from_at, d.to_at) m
where m.total_conversations > 0;
comment on view monthly_metrics is 'Metrics of the conversations that started in a local month of their store; one row per store and month with conversations. Filter by store_id and date.';
comment on column monthly_metrics.store_id is 'Store.';
comment on column monthly_metrics.date is 'First local date of the month.';
comment on column monthly_metrics.total_conversations is 'Conversations that started on these days.';
comment on column monthly_metrics.resolved_conversations is 'Those with outcome resolved.';
comment on column monthly_metrics.escalated_conversations is 'Those with outcome escalated.';
comment on column monthly_metrics.abandoned_conversations is 'Those with outcome abandoned.';
comment on column monthly_metrics.open_conversations is 'Those with outcome open.';
comment on column monthly_metrics.ai_resolved_conversations is 'Resolved, never escalated, no human message.';
comment on column monthly_metrics.reopened_conversations is 'Reopened at least once.';
comment on column monthly_metrics.avg_response_time_ms is 'Average response time in milliseconds; null if nothing was answered.';
comment on column monthly_metrics.avg_first_response_time_ms is 'Average first response time in milliseconds; null if nothing was answered.';
comment on column monthly_metrics.total_messages is 'Messages sent and received.';
comment on column monthly_metrics.unique_customers is 'Distinct customers, exact.';
comment on column monthly_metrics.resolution_rate is 'Resolved share of all conversations, 0 to 1.';
comment on column monthly_metrics.escalation_rate is 'Escalated share, 0 to 1.';
comment on column monthly_metrics.abandonment_rate is 'Abandoned share, 0 to 1.';
comment on column monthly_metrics.csat_responses is 'Conversations with a rating.';
comment on column monthly_metrics.csat is 'Share of ratings that are 4 or 5, 0 to 1; null without ratings.';
comment on column monthly_metrics.knowledge_retrievals is 'knowledge_retrieved events.';
comment on column monthly_metrics.citations_clicked is 'citation_clicked events.';
