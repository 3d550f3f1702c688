-- Ingest for producers that share the database: checks events, stores the good ones, rebuilds their conversations.
-- events jsonb: one event in the ingest format, or an array of at most 10,000
-- returns accepted, duplicates, rejected bigint; errors jsonb: [{"index", "code", "field", "detail"}], index from 0
-- Rejected events are kept with their reasons (record_rejections), if their store exists.
-- Runs with the rights of its owner: a producer needs only the right to call it.
-- Part of the caller's transaction; one call a transaction, read committed (see store_events).
create or replace function ingest_events(events jsonb)
returns table (accepted bigint, duplicates bigint, rejected bigint, errors jsonb)
language plpgsql volatile security definer
set search_path = analytics, public, pg_temp
as $$
#variable_conflict use_column
declare
    received_at constant timestamptz := clock_timestamp();
    list constant jsonb := case jsonb_typeof(events) when 'array' then events else jsonb_build_array(events) end;
    faults jsonb;
    good bigint[];
begin
    if jsonb_array_length(list) > 10000 then
        raise exception 'too many events: %', jsonb_array_length(list)
            using errcode = 'program_limit_exceeded',
                  detail = 'One call takes at most 10,000 events.', hint = 'Split them into several transactions.';
    end if;

    select coalesce(jsonb_agg(jsonb_build_object('index', e.ordinal - 1, 'code', f.code, 'field', f.field,
                                                 'detail', f.detail) order by e.ordinal)
                    filter (where f.code is not null), '[]'),
           coalesce(array_agg(e.ordinal order by e.ordinal) filter (where f.code is null), '{}')
    into faults, good
    from jsonb_array_elements(list) with ordinality as e (event, ordinal)
    left join lateral event_fault(e.event, received_at) f on true;

    with
    -- Events without a timestamp keep their order: each is a microsecond later than the one before.
    fields as (
        select (e.event ->> 'store_id')::uuid as store_id,
               (e.event ->> 'conversation_id')::uuid as conversation_id,
               coalesce((e.event ->> 'event_id')::uuid, gen_random_uuid()) as event_id,
               e.event ->> 'event_type' as event_type,
               coalesce(e.event ->> 'customer_id', e.event -> 'event_data' ->> 'customer_id') as customer_id,
               round((e.event -> 'event_data' ->> 'response_time_ms')::numeric * 1000)::bigint as response_us,
               coalesce(nullif(e.event -> 'event_data', 'null'), '{}') as event_data,
               coalesce(event_time(e.event),
                        received_at + make_interval(secs => e.ordinal / 1e6)) as created_at,
               e.ordinal
        from jsonb_array_elements(list) with ordinality as e (event, ordinal)
        where e.ordinal = any (good)
    ),
    stored as materialized (
        select s.*
        from (
            select array_agg(store_id order by ordinal) as store_ids,
                   array_agg(conversation_id order by ordinal) as conversation_ids,
                   array_agg(event_id order by ordinal) as event_ids,
                   array_agg(event_type order by ordinal) as event_types,
                   array_agg(customer_id order by ordinal) as customer_ids,
                   array_agg(response_us order by ordinal) as response_times_us,
                   array_agg(event_data order by ordinal) as event_datas,
                   array_agg(created_at order by ordinal) as times
            from fields
            having count(*) > 0
        ) as a,
        lateral store_events(store_ids, conversation_ids, event_ids, event_types, customer_ids, response_times_us,
                             event_datas, times) as s
    ),
    unknown as (
        select jsonb_build_object('index', good[s.ordinal] - 1, 'code', s.status, 'field', 'store_id',
                                  'detail', 'This store takes no events.') as fault
        from stored s
        where s.status in ('unknown_store', 'archived_store')
    )
    select cardinality(good) - (select count(*) from stored where status <> 'frozen'),
           (select count(*) from stored where status = 'duplicate'),
           jsonb_array_length(faults) + (select count(*) from unknown),
           coalesce((select jsonb_agg(fault order by (fault -> 'index')::integer)
                     from (select jsonb_array_elements(faults) union all select fault from unknown) as f (fault)), '[]')
    into accepted, duplicates, rejected, errors;
    return next;

    if rejected > 0 then
        perform record_rejections(
            array_agg(case when pg_input_is_valid(sent.event ->> 'store_id', 'uuid')
                           then (sent.event ->> 'store_id')::uuid end order by sent.index),
            array_agg(f.fault ->> 'code' order by sent.index), array_agg(f.fault ->> 'field' order by sent.index),
            array_agg(f.fault ->> 'detail' order by sent.index), array_agg(sent.index order by sent.index),
            array_agg(sent.event::text order by sent.index))
        from jsonb_array_elements(errors) as f (fault),
        lateral (select (f.fault -> 'index')::integer as index, list -> (f.fault -> 'index')::integer as event) as sent;
    end if;

    perform announce_events(array(
        select distinct (e.event ->> 'store_id')::uuid
        from jsonb_array_elements(list) with ordinality as e (event, ordinal)
        where e.ordinal = any (good)));
end
$$;
comment on function ingest_events(jsonb) is
    'Ingest in SQL: checks events in the ingest format, stores the good ones, reports the others. One call a transaction, read committed.';
