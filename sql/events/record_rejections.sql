-- Keeps the rejected events of a request; see functions/record_rejections.sql.
-- $1 store_ids uuid[] | $2 codes text[] | $3 fields text[] | $4 details text[] | $5 event_indexes integer[]
-- $6 payloads text[]
-- returns kept bigint (rows)
-- reads record_rejections
select record_rejections($1, $2, $3, $4, $5, $6) as kept
