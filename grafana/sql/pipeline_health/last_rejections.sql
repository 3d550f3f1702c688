-- The last rejected events of the time range, without what was sent.
-- returns "Rejected at" timestamptz, texts, "Events" integer
-- reads ingest_rejections, stores
select r.rejected_at as "Rejected at", s.name as "Store", r.code as "Code", r.field as "Field", r.detail as "Detail",
       r.events as "Events"
from ingest_rejections r
join stores s using (store_id)
where $__timeFilter(r.rejected_at)
order by r.rejected_at desc, r.rejection_id desc
limit 100
