-- What columnstore settings cost and save on the data of bench/columnstore_data.sql: one line of figures, in ms.
-- psql variables: name, extra (a statement before), settings (as in alter table … set), e.g. timescaledb.segmentby = 'store_id'
-- Changes the settings and the data of the database; every step that writes events is rolled back, but for the last.
set client_min_messages = warning;
set search_path = analytics, public;
set plan_cache_mode = force_custom_plan;
set jit = off;
:extra;
select public.decompress_chunk(c, true) from public.show_chunks('conversation_events') c \g /dev/null
alter table conversation_events set (timescaledb.enable_columnstore = false);
alter table conversation_events set (timescaledb.enable_columnstore, :settings);

create temporary table if not exists figures (nth integer generated always as identity, name text, ms numeric);
truncate figures;
create or replace procedure pg_temp.timed(name text, statement text, times integer default 3) language plpgsql as $$
declare
    began timestamptz;
    best numeric;
begin
    for i in 1 .. times loop
        begin
            began := clock_timestamp();
            execute statement;
            best := least(best, extract(epoch from clock_timestamp() - began) * 1000);
            raise exception 'undo' using errcode = 'ZZ001';
        exception
            when sqlstate 'ZZ001' then null;
            when others then best := null; raise warning '%: %', name, sqlerrm; exit;
        end;
    end loop;
    insert into figures (name, ms) values (name, best);
end
$$;

select sum(total_bytes) as before_bytes from public.chunks_detailed_size('conversation_events') \gset
select clock_timestamp() as began \gset
select public.compress_chunk(c) from public.show_chunks('conversation_events') c where :'name' <> 'rowstore' \g /dev/null
select extract(epoch from clock_timestamp() - :'began') * 1000 as compress_ms \gset
vacuum analyze conversation_events;
select sum(total_bytes) as after_bytes from public.chunks_detailed_size('conversation_events') \gset

-- The same conversations of the largest store and of a small one for every candidate.
create temporary table if not exists picked as
(select *, 'large' as kind from conversation_weeks where store_id = md5('store 1')::uuid order by md5(conversation_id::text) limit 20)
union all
(select *, 'small' from conversation_weeks where store_id = md5('store 20')::uuid order by md5(conversation_id::text) limit 20);
create or replace procedure pg_temp.late(wanted text) language plpgsql as $$
declare p record;
begin
    for p in select * from picked where kind = wanted loop
        perform store_events(array[p.store_id], array[p.conversation_id], array[gen_random_uuid()], array['message_received'],
            array[null::text], array[null::bigint], array['{}'::jsonb],
            array[p.week_at + interval '3 days' + random() * interval '1 hour'], true);
    end loop;
end
$$;
create or replace procedure pg_temp.timeline(wanted text) language plpgsql as $$
declare p record; n bigint;
begin
    for p in select * from picked where kind = wanted loop
        execute 'select count(*) from (select e.event_id, e.event_data, row_number() over (partition by e.event_id order by e.created_at)
            from conversation_events e where e.conversation_id = $2 and e.store_id = $1 and e.created_at >= $3 and e.created_at < $4
            order by e.created_at, e.event_id) t'
        into n using p.store_id, p.conversation_id, p.week_at, p.week_at + interval '7 days';
    end loop;
end
$$;
create temporary table if not exists range as select min(week_at) as from_at, min(week_at) + interval '7 days' as to_at from conversation_weeks;
-- 5,000 events as an import sends them: whole conversations, from the middle of a week.
create temporary table if not exists batch as
select e.* from conversation_events e
join (select store_id, conversation_id from conversation_events, range
      where event_type = 'conversation_started' and created_at >= from_at + interval '3.5 days'
      order by created_at limit 440) c using (store_id, conversation_id)
limit 5000;
create or replace procedure pg_temp.send(conversations text) language plpgsql as $$
begin
    perform store_events(array_agg(store_id),
        array_agg(case conversations when 'new' then md5(conversation_id::text)::uuid else conversation_id end),
        array_agg(case conversations when 'duplicates' then event_id else gen_random_uuid() end), array_agg(event_type),
        array_agg(customer_id), array_agg(response_us), array_agg(event_data),
        array_agg(created_at + case conversations when 'duplicates' then interval '0' else interval '1 microsecond' end), true)
    from batch;
end
$$;

call pg_temp.timed('late event, conversation of a large store (x20)', 'call pg_temp.late(''large'')');
call pg_temp.timed('late event, conversation of a small store (x20)', 'call pg_temp.late(''small'')');
call pg_temp.timed('timeline, large store (x20)', 'call pg_temp.timeline(''large'')');
call pg_temp.timed('timeline, small store (x20)', 'call pg_temp.timeline(''small'')');
call pg_temp.timed('store_events of 5,000 duplicates', 'call pg_temp.send(''duplicates'')', 2);
call pg_temp.timed('store_events of 5,000 new events of known conversations', 'call pg_temp.send(''known'')', 2);
call pg_temp.timed('store_events of 5,000 events of new conversations', 'call pg_temp.send(''new'')', 2);
call pg_temp.timed('export of a week, small store',
    'select count(*) from (select e.event_id, e.event_data::text from conversation_events e, range r
     where e.store_id = md5(''store 20'')::uuid and e.created_at >= r.from_at and e.created_at < r.to_at
     order by e.created_at, e.event_id, e.conversation_id offset 0) t');
call pg_temp.timed('export of a week, large store',
    'select count(*) from (select e.event_id, e.event_data::text from conversation_events e, range r
     where e.store_id = md5(''store 1'')::uuid and e.created_at >= r.from_at and e.created_at < r.to_at
     order by e.created_at, e.event_id, e.conversation_id offset 0) t', 2);
select format('select count(*) from (select e.*, e.event_data::text from conversation_events e
     where e.created_at >= %L and e.created_at < %L
     order by e.conversation_id, e.created_at, e.event_id, e.store_id offset 0) t', from_at, to_at) as archive from range \gset
call pg_temp.timed('archive of a week, all stores', :'archive', 2);
-- Kept: 20 late events and 5,000 of new conversations, then the chunk is compressed again.
call pg_temp.late('large');
call pg_temp.send('new');
select clock_timestamp() as began \gset
select public.compress_chunk(c) from public.show_chunks('conversation_events') c where :'name' <> 'rowstore' \g /dev/null
select extract(epoch from clock_timestamp() - :'began') * 1000 as again_ms \gset
select sum(total_bytes) as again_bytes from public.chunks_detailed_size('conversation_events') \gset
delete from conversations;
select count(*) as events from conversation_events \gset
\pset format unaligned
\pset tuples_only on
select '### ' || :'name' || E'\n' || format('bytes an event: %s -> %s (1 : %s); compressing %s ms; again %s ms',
    round(:before_bytes::numeric / :events), round(:after_bytes::numeric / :events, 1),
    round(:before_bytes::numeric / :after_bytes, 1), round(:compress_ms), round(:again_ms));
select '  ' || name || ': ' || round(ms, 1) from figures order by nth;
set timescaledb.max_tuples_decompressed_per_dml_transaction = 0;
delete from conversation_events where (store_id, conversation_id) in (select store_id, md5(conversation_id::text)::uuid from batch);
