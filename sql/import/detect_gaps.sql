-- Finds the content gaps of some stores.
-- $1 store_ids uuid[]
-- returns detect_content_gaps_of void
-- reads detect_content_gaps_of
select detect_content_gaps_of($1::uuid[])
