-- Whether pages of a web origin may send events to any store in use, which is all that a preflight can be told.
-- $1 origin text
-- returns is_allowed boolean
-- reads stores
select exists (
    select from stores where allowed_origins @> array[$1::text] and archived_at is null) as is_allowed
