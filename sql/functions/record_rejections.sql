-- Keeps rejected events with their reasons, at most 20 rows for each store and code of a call.
-- One element per rejection in each array: store_ids uuid[] (null or unknown ones are not kept), codes text[],
-- fields text[] (elements may be null), details text[], event_indexes integer[] (null for a whole request),
-- payloads text[] (elements may be null; cut to 2,048 bytes here)
-- Runs with the rights of its owner: who may call it needs none on the table.
-- returns rows kept, bigint; further rejections of a code are counted in the column events of its last row
create or replace function record_rejections(
    store_ids uuid[], codes text[], fields text[], details text[], event_indexes integer[], payloads text[])
returns bigint
language sql volatile security definer
set search_path = analytics, public, pg_temp
as $$
    with
    numbered as (
        select r.*, row_number() over (partition by r.store_id, r.code order by r.ordinal) as copy,
               count(*) over (partition by r.store_id, r.code) as copies
        from unnest(store_ids, codes, fields, details, event_indexes, payloads) with ordinality
             as r (store_id, code, field, detail, event_index, payload, ordinal)
        join stores s on s.store_id = r.store_id
    ),
    kept as (
        insert into ingest_rejections (store_id, code, field, detail, event_index, payload, events)
        select store_id, code, field, detail, event_index, cut_text(payload, 2048),
               case copy when 20 then copies - 19 else 1 end
        from numbered
        where copy <= 20
        order by ordinal
        returning 1
    )
    select count(*) from kept
$$;
comment on function record_rejections(uuid[], text[], text[], text[], integer[], text[]) is
    'Keeps rejected events with their reasons, at most 20 rows for each store and code of a call.';
