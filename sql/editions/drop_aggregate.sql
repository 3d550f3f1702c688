-- Drops the continuous aggregate behind the rollup, which has to be made anew or which the edition cannot keep. Views and
-- functions of others that read it stop it; with full names in PostgreSQL's list.
set local search_path = pg_catalog;
drop materialized view if exists analytics.conversation_metrics_15m_aggregate;
set local search_path = analytics, public;
