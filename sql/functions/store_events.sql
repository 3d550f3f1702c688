-- Stores events that have been checked, and rebuilds their conversations, in the caller's transaction.
-- One element per event in each array: store_ids uuid[], conversation_ids uuid[], event_ids uuid[], event_types text[],
-- customer_ids text[] (elements may be null), response_times_us bigint[] (elements may be null), event_datas jsonb[],
-- times timestamptz[] | replace_frozen boolean: true for import, see rebuild_conversations
-- returns only the events that were not stored, or that a frozen conversation ignores:
-- ordinal integer (1-based), status text ('duplicate', 'unknown_store', 'archived_store', 'frozen')
-- Runs with the rights of its owner: who may call it needs none on the tables.
-- Every statement needs a snapshot taken after the locks, hence one call a transaction, in read committed.
create or replace function store_events(
    store_ids uuid[], conversation_ids uuid[], event_ids uuid[], event_types text[], customer_ids text[],
    response_times_us bigint[], event_datas jsonb[], times timestamptz[], replace_frozen boolean default false)
returns table (ordinal integer, status text)
language plpgsql volatile security definer
set search_path = analytics, public, pg_temp
set plan_cache_mode = force_custom_plan -- planned for the range at hand
set jit = off
as $$
#variable_conflict use_column
declare
    new_store_ids uuid[];
    new_conversation_ids uuid[];
    new_event_ids uuid[];
    new_times timestamptz[];
    new_count bigint;
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
    perform lock_conversations(conversation_ids);

    insert into conversation_weeks (store_id, conversation_id, week_at)
    select distinct i.store_id, i.conversation_id,
           time_bucket(interval '168 hours', i.created_at, timestamptz '1970-01-01 00:00:00+00')
    from unnest(store_ids, conversation_ids, times) as i (store_id, conversation_id, created_at)
    join stores s using (store_id)
    where s.archived_at is null
    order by 1, 2, 3
    on conflict do nothing;

    with
    inserted as (
        insert into conversation_events (store_id, conversation_id, event_id, event_type, customer_id, response_us,
                                         event_data, created_at)
        select i.store_id, i.conversation_id, i.event_id, i.event_type, i.customer_id, i.response_us, i.event_data,
               i.created_at
        from unnest(store_ids, conversation_ids, event_ids, event_types, customer_ids, response_times_us, event_datas,
                    times)
             as i (store_id, conversation_id, event_id, event_type, customer_id, response_us, event_data, created_at)
        join stores s using (store_id)
        where s.archived_at is null
        order by i.store_id, i.created_at
        on conflict do nothing
        returning store_id, conversation_id, event_id, created_at
    )
    select array_agg(store_id), array_agg(conversation_id), array_agg(event_id), array_agg(created_at), count(*)
    into new_store_ids, new_conversation_ids, new_event_ids, new_times, new_count
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
    from rebuild_conversations(store_ids, conversation_ids, replace_frozen, event_ids, times) as kept
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
