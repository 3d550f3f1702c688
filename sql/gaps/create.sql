-- Makes a content gap of a store, with what its conversations know of the topic so far.
-- $1 store_id uuid | $2 topic text | $3 example_questions text[]
-- $4 confidence_threshold numeric or null, which means that of the store, now and after it changes
-- returns gap_id uuid
insert into content_gaps (store_id, topic, frequency, confidence_threshold, has_own_threshold, best_confidence,
                          example_questions, first_seen_at, last_seen_at)
select s.store_id, $2::text, coalesce(t.frequency, 0), coalesce($4::numeric, s.gap_confidence_threshold),
       $4::numeric is not null, t.best_confidence, $3::text[], t.first_seen_at, t.last_seen_at
from stores s
left join retrieved_topics(array[$1::uuid]) t on t.topic = $2::text
where s.store_id = $1::uuid
returning gap_id
