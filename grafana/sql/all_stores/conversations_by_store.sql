-- Conversations by store, in steps of time that fit the panel.
-- returns time timestamptz, metric text (the store), "Conversations" bigint
-- reads conversation_metrics_15m, stores
select $__timeGroupAlias(m.bucket, $__interval), s.name as metric, sum(m.total_conversations)::bigint as "Conversations"
from conversation_metrics_15m m
join stores s using (store_id)
where m.store_id in ($store) and m.bucket >= $__timeFrom() and m.bucket < $__timeTo()
group by 1, 2
order by 1, 2
