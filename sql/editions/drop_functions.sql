-- Drops the functions whose columns are about to change, after the views that call them. What others have made of them
-- stops it. One statement, so that PostgreSQL lists all that stop it; with full names in its list.
set local search_path = pg_catalog;
drop function if exists
    analytics.pipeline_figures(),
    analytics.metrics(uuid, text, text), analytics.metrics(uuid, date, date),
    analytics.metrics(uuid, timestamptz, timestamptz), analytics.trends(uuid, date, date, text),
    analytics.period_metrics(uuid, timestamptz, timestamptz, timestamptz[]),
    analytics.period_sums(uuid, timestamptz, timestamptz, timestamptz[]),
    analytics.exact_parts(uuid, timestamptz, timestamptz, timestamptz[]),
    analytics.period_parts(uuid, timestamptz, timestamptz, timestamptz[]),
    analytics.settled_sums(uuid, timestamptz[], timestamptz[]),
    analytics.case_parts(uuid, timestamptz, timestamptz, timestamptz[]),
    analytics.contact_parts(uuid, timestamptz[], timestamptz[]),
    analytics.live_cases(uuid, timestamptz[], timestamptz[], timestamptz[], timestamptz[], timestamptz),
    analytics.period_cases(uuid, timestamptz, timestamptz, timestamptz[]),
    tenant.case_parts(uuid, timestamptz, timestamptz, timestamptz[]),
    tenant.contact_parts(uuid, timestamptz[], timestamptz[]),
    tenant.live_cases(uuid, timestamptz[], timestamptz[], timestamptz[], timestamptz[], timestamptz),
    tenant.period_cases(uuid, timestamptz, timestamptz, timestamptz[]),
    tenant.exact_parts(uuid, timestamptz, timestamptz, timestamptz[]),
    tenant.period_parts(uuid, timestamptz, timestamptz, timestamptz[]),
    tenant.settled_sums(uuid, timestamptz[], timestamptz[]),
    analytics.period_exact(uuid, timestamptz, timestamptz, timestamptz[]),
    analytics.conversation_metrics(uuid, timestamptz, timestamptz),
    tenant.period_metrics(uuid, timestamptz, timestamptz, timestamptz[]),
    tenant.period_sums(uuid, timestamptz, timestamptz, timestamptz[]),
    tenant.period_exact(uuid, timestamptz, timestamptz, timestamptz[]),
    tenant.scored_conversations(uuid, timestamptz, timestamptz), tenant.content_gap_rows(uuid),
    tenant.roi_of_days(uuid, date[], bigint[], bigint[], numeric, numeric, numeric);
set local search_path = analytics, public;
