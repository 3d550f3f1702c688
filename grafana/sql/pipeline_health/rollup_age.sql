-- Time since the rollup was refreshed.
-- returns "Rollup age" float8 (seconds; null on the Apache-2 Edition, which has nothing to refresh)
-- reads rollup_progress
select extract(epoch from now() - refreshed_at)::float8 as "Rollup age"
from rollup_progress
where rollup = 'conversation_metrics_15m'
