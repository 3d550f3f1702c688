-- The unresolved content gaps of the store, those asked for most first; independent of the time range.
-- returns texts, "Retrievals" bigint, "Best confidence" float8 and "Threshold" float8 (0 to 1), instants
-- reads content_gaps
select topic as "Topic", status as "Status", frequency as "Retrievals", best_confidence::float8 as "Best confidence",
       confidence_threshold::float8 as "Threshold", first_seen_at as "First seen", last_seen_at as "Last seen",
       array_to_string(example_questions[1:2], ' · ') as "Examples"
from content_gaps
where store_id = '$store' and status <> 'resolved'
order by frequency desc, topic
limit 50
