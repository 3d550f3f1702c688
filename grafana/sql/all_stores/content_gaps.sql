-- The unresolved content gaps of the chosen stores, those asked for most first; independent of the time range.
-- returns store_id text, texts, "Retrievals" bigint, "Best confidence" float8 (0 to 1), "Last seen" timestamptz
-- reads content_gaps, stores
select g.store_id::text as store_id, s.name as "Store", g.topic as "Topic", g.status as "Status",
       g.frequency as "Retrievals", g.best_confidence::float8 as "Best confidence", g.last_seen_at as "Last seen"
from content_gaps g
join stores s using (store_id)
where g.store_id in ($store) and g.status <> 'resolved'
order by g.frequency desc, g.topic, s.name
limit 50
