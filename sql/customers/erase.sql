-- Erases the customer whose id stands in pg_temp.erasing; see functions/erase_customer.sql. No row if there is none.
-- $1 store_id uuid | $2 requested_by uuid, the key, null for the command line
-- returns erasure_id uuid, token text (stands for the customer from now on), requested_at timestamptz,
-- finished_at timestamptz, conversations bigint, events bigint, example_questions bigint, rejections bigint,
-- labels bigint (channels, languages and topics that held the id), kept_labels bigint (that hold it still)
-- reads erase_customer
select r.erasure_id, r.token, r.requested_at, r.finished_at, r.conversations, r.events, r.example_questions,
       r.rejections, r.labels, r.kept_labels
from pg_temp.erasing e
cross join lateral erase_customer($1, e.customer_id, $2) r
