-- What store_events would report of some events, without storing any.
-- $1 store_ids uuid[] | $2 conversation_ids uuid[] | $3 event_ids uuid[] | $4 times timestamptz[]
-- $5 from timestamptz, $6 to timestamptz: earliest and latest of the times, inclusive
-- returns ordinal integer (1-based), status text (duplicate, unknown_store or archived_store); the others are not named
-- reads stores, conversation_events
with
incoming as (
    select i.*, row_number() over (partition by i.store_id, i.created_at, i.event_id, i.conversation_id
                                   order by i.ordinal) as copy
    from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[]) with ordinality
         as i (store_id, conversation_id, event_id, created_at, ordinal)
)
select i.ordinal::integer,
       case when s.store_id is null then 'unknown_store'
            when s.archived_at is not null then 'archived_store'
            else 'duplicate' end as status
from incoming i
left join stores s on s.store_id = i.store_id
left join conversation_events e
       on (e.store_id, e.created_at, e.event_id, e.conversation_id)
        = (i.store_id, i.created_at, i.event_id, i.conversation_id)
      and e.created_at >= $5::timestamptz and e.created_at <= $6::timestamptz
where s.store_id is null or s.archived_at is not null or e.store_id is not null or i.copy > 1
order by i.ordinal
