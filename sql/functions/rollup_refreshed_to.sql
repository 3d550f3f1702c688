-- How far the rollup conversation_metrics_15m is materialised.
-- returns timestamptz: buckets before it are in the aggregate
-- Runs with the rights of its owner, because queries of a store see no table.
create or replace function rollup_refreshed_to() returns timestamptz
language sql stable security definer parallel safe
set search_path = analytics, public, pg_temp
as $$ select refreshed_to from analytics.rollup_progress where rollup = 'conversation_metrics_15m' $$;
comment on function rollup_refreshed_to() is 'How far the rollup conversation_metrics_15m is materialised: buckets before this instant are in the aggregate.';
