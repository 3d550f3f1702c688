-- Conversations by store, in steps of time that fit the panel.
-- returns time timestamptz, metric text (the store), "Conversations" bigint
-- reads conversation_metrics_15m, stores
with
-- Stores of the same name are told apart by the start of their id.
named as (
    select store_id,
           name || case when count(*) over (partition by name) > 1 then ' ' || left(store_id::text, 8) else '' end
               as name
    from stores
)
select $__timeGroupAlias(m.bucket, $__interval), n.name as metric, sum(m.total_conversations)::bigint as "Conversations"
from conversation_metrics_15m m
join named n using (store_id)
where m.store_id in ($store) and m.bucket >= $__timeFrom() and m.bucket < $__timeTo()
group by 1, 2
order by 1, 2
