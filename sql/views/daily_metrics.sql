-- Metrics by store and local day, for the days with conversations.
-- returns store_id uuid, date date (local), counts bigint, averages in milliseconds
-- float8 (null without answers), rates float8 (0 to 1)
-- reads store_days, conversations
-- The day comes from store_days, so that a filter on store and date opens only the chunks of those days.
create or replace view daily_metrics as
select d.store_id, d.date, m.*
from store_days d
cross join lateral conversation_metrics(d.store_id, d.from_at, d.to_at) m
where m.total_conversations > 0;
comment on view daily_metrics is 'Metrics of the conversations that started on a local day of their store; one row per store and day with conversations. Filter by store_id and date.';
comment on column daily_metrics.store_id is 'Store.';
comment on column daily_metrics.date is 'Local date, in the timezone of the store.';
comment on column daily_metrics.total_conversations is 'Conversations that started on these days.';
comment on column daily_metrics.resolved_conversations is 'Those with outcome resolved.';
comment on column daily_metrics.escalated_conversations is 'Those with outcome escalated.';
comment on column daily_metrics.abandoned_conversations is 'Those with outcome abandoned.';
comment on column daily_metrics.open_conversations is 'Those with outcome open.';
comment on column daily_metrics.ai_resolved_conversations is 'Resolved, never escalated, no human message.';
comment on column daily_metrics.reopened_conversations is 'Reopened at least once.';
comment on column daily_metrics.avg_response_time_ms is 'Average response time in milliseconds; null if nothing was answered.';
comment on column daily_metrics.avg_first_response_time_ms is 'Average first response time in milliseconds; null if nothing was answered.';
comment on column daily_metrics.total_messages is 'Messages sent and received.';
comment on column daily_metrics.unique_customers is 'Distinct customers, exact.';
comment on column daily_metrics.resolution_rate is 'Resolved share of all conversations, 0 to 1.';
comment on column daily_metrics.escalation_rate is 'Escalated share, 0 to 1.';
comment on column daily_metrics.abandonment_rate is 'Abandoned share, 0 to 1.';
comment on column daily_metrics.csat_responses is 'Conversations with a rating.';
comment on column daily_metrics.csat is 'Share of ratings that are 4 or 5, 0 to 1; null without ratings.';
comment on column daily_metrics.knowledge_retrievals is 'knowledge_retrieved events.';
comment on column daily_metrics.citations_clicked is 'citation_clicked events.';
