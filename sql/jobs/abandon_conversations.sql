-- Times out open conversations that have been silent for their store's abandon_after; scheduled every minute for
-- conversations that started in the last two days, and hourly for all that can still get events.
-- job_id integer, ignored | config jsonb: {"hours": n} looks at conversations that started in the last n hours (48);
-- {"from": t, "to": t} at those that started in [from, to) even if they are frozen, which import uses
-- Each timeout is an event like any other, stored and counted by store_events. Its id is made of what it follows, so
-- running again changes nothing. Commits after every 1,000 conversations.
create or replace procedure abandon_conversations(job_id integer default null, config jsonb default null)
language plpgsql
as $$
declare
    range_from timestamptz := coalesce((config ->> 'from')::timestamptz,
                                       now() - make_interval(hours => coalesce((config ->> 'hours')::integer, 48)));
    range_to timestamptz := coalesce((config ->> 'to')::timestamptz, 'infinity');
    last_id uuid := '00000000-0000-0000-0000-000000000000';
    silent_ids uuid[];
    page_from timestamptz;
    page_to timestamptz;
    new_timeouts bigint;
begin
    if not coalesce(config ? 'from', false) then
        range_from := greatest(range_from, (select raw_complete_from from analytics.installation));
    end if;
    loop
        select array_agg(conversation_id), min(started_at), max(started_at), (array_agg(conversation_id))[count(*)]
        into silent_ids, page_from, page_to, last_id
        from (
            select c.conversation_id, c.started_at
            from analytics.conversations c
            join analytics.stores s using (store_id)
            where c.outcome = 'open' and c.started_at >= range_from and c.started_at < range_to
              and (c.started_at, c.conversation_id) > (range_from, last_id)
              and c.last_event_at + s.abandon_after <= clock_timestamp()
              and s.archived_at is null
            order by c.started_at, c.conversation_id
            limit 1000
        ) as silent;
        exit when silent_ids is null;

        -- In the order in which store_events takes them, or a writer, retention and this could wait in a circle.
        perform pg_advisory_xact_lock_shared(hashtext('colloquy.raw_complete_from'), 0);
        -- Looked at again under the lock: a message may have come in meanwhile.
        perform analytics.lock_conversations(silent_ids);
        with
        silent as materialized (
            select c.store_id, c.conversation_id, c.started_at, c.last_event_at, c.last_event_at + s.abandon_after as at
            from analytics.conversations c
            join analytics.stores s using (store_id)
            where c.conversation_id = any (silent_ids) and c.started_at >= page_from and c.started_at <= page_to
              and c.outcome = 'open' and c.last_event_at + s.abandon_after <= clock_timestamp()
              and s.archived_at is null
        ),
        exceptions as materialized (
            select analytics.store_events(
                array_agg(store_id), array_agg(conversation_id),
                array_agg(analytics.timeout_event_id(store_id, conversation_id, started_at, last_event_at)),
                array_agg('conversation_abandoned'::text), array_agg(null::text), array_agg(null::bigint),
                array_agg(jsonb_build_object('reason', 'timeout', 'after', last_event_at)), array_agg(at), true)
                as exception
            from silent
            having count(*) > 0
        )
        -- Those in chunks at which sample_ingest looks: it must not take them for events of producers.
        select count(*) filter (
                   where public.time_bucket(interval '168 hours', at, timestamptz '1970-01-01 00:00:00+00')
                             + interval '168 hours' > now() - interval '55 days')
               - (select count(*) from exceptions where (exception).status = 'duplicate')
        into new_timeouts
        from silent;
        update analytics.ingest_counters c set timeouts = c.timeouts + new_timeouts
        where new_timeouts > 0;
        commit;
        range_from := page_to;
    end loop;
    if not coalesce(config ? 'from', false) then
        perform analytics.record_job_run(
            case when (config ->> 'hours')::integer > 48 then 'abandon_old_conversations' else 'abandon_conversations' end);
    end if;
end
$$;
comment on procedure abandon_conversations(integer, jsonb) is
    'Gives open conversations that have been silent for abandon_after a timeout event. Job, every minute and (for older starts) every hour.';
