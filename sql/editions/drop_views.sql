-- Drops the views whose columns are about to change. Views and functions of others that read them stop it.
-- One statement, so that PostgreSQL lists all that stop it; with full names in its list.
set local search_path = pg_catalog;
drop view if exists
    analytics.pipeline_health, analytics.planned_jobs, analytics.daily_roi, analytics.scored_conversations,
    tenant.conversations_with_scores, tenant.conversation_quality_scores, tenant.conversation_events,
    tenant.conversation_weeks, tenant.ingest_rejections, tenant.content_gap_changes, tenant.content_gaps,
    tenant.monthly_metrics, tenant.weekly_metrics, tenant.daily_metrics, tenant.conversation_metrics_15m,
    tenant.conversation_measures, tenant.conversations, tenant.roi_assumptions, tenant.stores,
    analytics.monthly_metrics, analytics.weekly_metrics, analytics.daily_metrics, analytics.conversation_metrics_15m,
    analytics.conversation_metrics_15m_exact, tenant.conversation_metrics_15m_settled,
    analytics.conversation_metrics_15m_settled, tenant.rollup_pending,
    tenant.settled_days, tenant.settled_customers, tenant.settled_first_responses, tenant.settled_contacts,
    tenant.settled_topics, tenant.customer_numbers, analytics.conversation_measures;
set local search_path = analytics, public;
