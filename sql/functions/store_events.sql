-- Stores events that have been checked, and rebuilds their conversations, in the caller's transaction.
-- One element per event in each array: store_ids uuid[], conversation_ids uuid[], event_ids uuid[], event_types text[],
-- customer_ids text[] (elements may be null), response_times_us bigint[] (elements may be null), event_datas jsonb[],
-- times timestamptz[] | replace_frozen boolean: true for import, see rebuild_conversations
-- returns only the events that were not stored, or that a frozen conversation ignores:
-- ordinal integer (1-based), status text ('duplicate', 'unknown_store', 'archived_store', 'frozen')
-- Runs with the rights of its owner: who may call it needs none on the tables.
-- Every statement after the locks needs a snapshot taken after them, hence one call a transaction, in read committed.
-- Events are inserted before the locks are taken, so that writers wait for each other only while they rebuild: who gets
-- the lock second sees what the first has committed. All insert in the same order, and who holds a lock inserts no event
-- that another may be inserting, so nobody waits in a circle.
create or replace function store_events(
    store_ids uuid[], conversation_ids uuid[], event_ids uuid[], event_types text[], customer_ids text[],
    response_times_us bigint[], event_datas jsonb[], times timestamptz[], replace_frozen boolean default false)
returns table (ordinal integer, status text)
language plpgsql volatile security definer
set search_path = analytics, public, pg_temp
-- It only inserts into hypertables. A plan that is kept must not read a table that was small when it was made.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
    open_store_ids uuid[];
    are_all_open boolean;
    new_store_ids uuid[];
    new_conversation_ids uuid[];
    new_event_ids uuid[];
    new_times timestamptz[];
    new_count bigint;
    new_week_store_ids uuid[];
    new_week_conversation_ids uuid[];
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'events can only be stored in a read committed transaction'
            using errcode = 'invalid_transaction_state',
                  detail = format('The isolation level is %s.', current_setting('transaction_isolation')),
                  hint = 'Use "begin isolation level read committed".';
    end if;
    -- rebuild_conversations marks buckets an hour before the aggregate may take them in, so this must end sooner.
    if current_setting('transaction_timeout')::interval not between interval '1 millisecond' and interval '10 minutes' then
        perform set_config('transaction_timeout', '10min', true);
    end if;
    -- Waits while retention moves raw_complete_from, which must not change under a rebuild.
    perform pg_advisory_xact_lock_shared(hashtext('colloquy.raw_complete_from'), 0);

    select array_agg(s.store_id), bool_and(s.store_id is not null)
    into open_store_ids, are_all_open
    from (select distinct unnest(store_ids) as store_id) as i
    left join stores s on s.store_id = i.store_id and s.archived_at is null;

    with
    inserted as (
        insert into conversation_events (store_id, conversation_id, event_id, event_type, customer_id, response_us,
                                         event_data, created_at)
        select i.store_id, i.conversation_id, i.event_id, i.event_type, i.customer_id, i.response_us, i.event_data,
               i.created_at
        from unnest(store_ids, conversation_ids, event_ids, event_types, customer_ids, response_times_us, event_datas,
                    times)
             as i (store_id, conversation_id, event_id, event_type, customer_id, response_us, event_data, created_at)
        where are_all_open or i.store_id = any (open_store_ids)
        order by i.store_id, i.created_at, i.event_id, i.conversation_id
        on conflict do nothing
        returning store_id, conversation_id, event_id, created_at
    )
    select array_agg(store_id), array_agg(conversation_id), array_agg(event_id), array_agg(created_at), count(*)
    into new_store_ids, new_conversation_ids, new_event_ids, new_times, new_count
    from inserted;

    perform lock_conversations(conversation_ids);

    with
    inserted as (
        insert into conversation_weeks (store_id, conversation_id, week_at)
        select distinct i.store_id, i.conversation_id,
               time_bucket(interval '168 hours', i.created_at, timestamptz '1970-01-01 00:00:00+00')
        from unnest(store_ids, conversation_ids, times) as i (store_id, conversation_id, created_at)
        where are_all_open or i.store_id = any (open_store_ids)
        order by 1, 2, 3
        on conflict do nothing
        returning store_id, conversation_id
    )
    select array_agg(store_id), array_agg(conversation_id)
    into new_week_store_ids, new_week_conversation_ids
    from inserted;

    -- Nearly always everything is new, and nothing needs to be looked for.
    if new_count < cardinality(times) then
        return query
        select i.ordinal::integer,
               case when s.store_id is null then 'unknown_store'
                    when s.archived_at is not null then 'archived_store'
                    else 'duplicate' end
        from (
            select *, row_number() over (partition by store_id, created_at, event_id, conversation_id order by ordinal) as copy
            from unnest(store_ids, conversation_ids, event_ids, times) with ordinality
                 as i (store_id, conversation_id, event_id, created_at, ordinal)
        ) as i
        left join unnest(new_store_ids, new_conversation_ids, new_event_ids, new_times)
                  as n (store_id, conversation_id, event_id, created_at)
          on (n.store_id, n.created_at, n.event_id, n.conversation_id)
           = (i.store_id, i.created_at, i.event_id, i.conversation_id)
        left join stores s on s.store_id = i.store_id
        where n.store_id is null or i.copy > 1;
    end if;

    return query
    select i.ordinal::integer, 'frozen'
    from rebuild_conversations(
             store_ids, conversation_ids, replace_frozen, event_ids, times, event_types, customer_ids, response_times_us,
             case when new_count = cardinality(times) then event_datas end,
             new_week_store_ids, new_week_conversation_ids) as kept
    join unnest(store_ids, conversation_ids, times) with ordinality
         as i (store_id, conversation_id, created_at, ordinal)
      on i.store_id = kept.store_id and i.conversation_id = kept.conversation_id
     and i.created_at >= kept.started_at and i.created_at < kept.started_at + interval '720 hours';

    -- Import and timeouts. What comes in live is announced by who stores it.
    if replace_frozen then
        perform announce_events(store_ids);
    end if;
end
$$;
comment on function store_events(uuid[], uuid[], uuid[], text[], text[], bigint[], jsonb[], timestamptz[], boolean) is
    'Stores checked events and rebuilds their conversations, in the caller''s transaction; returns those not stored. One call a transaction, read committed.';
