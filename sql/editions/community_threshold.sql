-- Raises the threshold below which TimescaleDB logs changes for the next refresh of the rollup, beyond all data.
-- Otherwise refreshes raise it to their end without waiting for writers, and a change that is being committed just then
-- stays out of the aggregate for ever. It stays where the refresh of an empty range has put it. Safe to repeat; only
-- outside of a transaction, after community.sql.
call public.refresh_continuous_aggregate(
    'analytics.conversation_metrics_15m_aggregate', timestamptz '2300-01-01 00:00:00+00',
    timestamptz '2300-01-01 00:30:00+00');
