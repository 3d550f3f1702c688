-- Says to set_login.sql, in the same transaction, which role may log in and by what.
-- $1 role text | $2 verifier text, what PostgreSQL keeps instead of the password (SCRAM-SHA-256)
-- returns role text, verifier text;
-- the password itself is never sent, so no log and no statistics of statements can show it.
select set_config('colloquy.login_role', $1::text, true) as role,
       set_config('colloquy.login_verifier', $2::text, true) as verifier
