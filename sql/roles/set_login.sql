-- Lets the role named by name_login.sql log in by its password.
do $$
begin
    execute format('alter role %I login password %L',
                   current_setting('colloquy.login_role'), current_setting('colloquy.login_verifier'));
end
$$
