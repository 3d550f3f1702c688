-- The content gaps of a store in short: how many there are of each status, and the five unresolved ones asked for most.
-- $1 store_id uuid
-- returns part text (counts once, then top), identified bigint (null in the rows top), in_progress bigint (null in the
-- rows top), resolved bigint (null in the rows top), gap_id uuid (null in the row counts), topic text (null in the row
-- counts), status text (null in the row counts), frequency bigint (null in the row counts), best_confidence numeric
-- (null if none is known), first_seen_at timestamptz (null if never retrieved), last_seen_at timestamptz (null if never
-- retrieved)
-- reads tenant.content_gaps
select 'counts' as part, count(*) filter (where status = 'identified') as identified,
       count(*) filter (where status = 'in_progress') as in_progress,
       count(*) filter (where status = 'resolved') as resolved,
       null::uuid as gap_id, null::text as topic, null::text as status, null::bigint as frequency,
       null::numeric as best_confidence, null::timestamptz as first_seen_at, null::timestamptz as last_seen_at
from tenant.content_gaps
where store_id = $1::uuid
union all
-- Without their cost, for which all conversations would have to be read each time somebody looks at the dashboard.
(select 'top', null, null, null, gap_id, topic, status, frequency, best_confidence, first_seen_at, last_seen_at
 from tenant.content_gaps
 where store_id = $1 and status <> 'resolved'
 order by frequency desc, gap_id
 limit 5)
order by part, frequency desc, gap_id
