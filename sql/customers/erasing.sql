-- A place for the id of the customer who is being erased; emptied at the end of the transaction.
-- The id comes into it by COPY, because what COPY brings is in no log of the server, whatever it logs of statements.
create temporary table if not exists erasing (customer_id text not null) on commit delete rows
