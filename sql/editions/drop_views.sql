-- Drops the views whose columns are about to change, readers first. Views of others that read them stop it.
drop view if exists pipeline_health, planned_jobs;
drop function if exists tenant.period_metrics(uuid, timestamptz, timestamptz, timestamptz[]);
drop function if exists tenant.scored_conversations(uuid, timestamptz, timestamptz);
drop function if exists tenant.content_gap_rows(uuid);
drop function if exists tenant.roi_of_days(uuid, date[], bigint[], bigint[], numeric, numeric, numeric);
drop view if exists tenant.conversations_with_scores, tenant.conversation_quality_scores, tenant.conversation_events,
    tenant.conversation_weeks, tenant.ingest_rejections, tenant.content_gap_changes, tenant.content_gaps;
drop view if exists tenant.monthly_metrics, tenant.weekly_metrics, tenant.daily_metrics, tenant.conversation_metrics_15m,
    tenant.conversation_measures, tenant.conversations, tenant.roi_assumptions, tenant.stores;
drop view if exists daily_roi, scored_conversations;
drop view if exists monthly_metrics, weekly_metrics, daily_metrics, conversation_metrics_15m;
drop view if exists conversation_metrics_15m_exact;
drop view if exists conversation_measures;
delete from applied_sql where path = 'rollups/conversation_metrics_15m.sql';
