-- What only the Community Edition has: columnstore settings and scheduled jobs. Applied by migrate, safe to repeat.
do $$
declare
    job record;
begin
    -- Measured in docs/columnstore.md. What an earlier version has set is replaced, what somebody else has set stays.
    -- Chunks that are in the columnstore keep the settings with which they came there.
    if not exists (select from timescaledb_information.hypertable_columnstore_settings
                   where hypertable = 'analytics.conversation_events'::regclass
                     and (segmentby, orderby) is distinct from ('store_id', 'conversation_id,created_at')
                     and orderby is not null) then
        alter table analytics.conversation_events set (
            timescaledb.enable_columnstore, timescaledb.segmentby = '',
            timescaledb.orderby = 'conversation_id, created_at');
    end if;

    for job in
        select p.procedure, p.every, p.config
        from analytics.planned_jobs p
        where not exists (
            select from timescaledb_information.jobs j
            where j.proc_schema = 'analytics' and j.proc_name = p.procedure and j.config is not distinct from p.config)
    loop
        perform public.add_job(format('analytics.%I', job.procedure)::regproc, job.every, config => job.config,
                               initial_start => now() + interval '10 seconds');
    end loop;
end
$$;
comment on view analytics.conversation_metrics_15m_aggregate is 'Continuous aggregate behind conversation_metrics_15m_exact, with its columns: buckets before rollup_progress.refreshed_to, as of their last refresh.';
