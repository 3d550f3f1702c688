-- Whether pages of a web origin may use a key: the store of the key lists the origin.
-- $1 key_sha256 bytea | $2 origin text
-- returns is_allowed boolean
-- reads api_keys, stores
select exists (
    select from api_keys k join stores s using (store_id)
    where k.key_sha256 = $1::bytea and $2::text = any (s.allowed_origins)) as is_allowed
