-- The canary's person: an account of ours among the host's, under one reserved id. No role of ours may add or change accounts, so
-- these functions, which belong to the owner, do it, for this one id alone. Nothing reads their bodies before a canary is switched on:
-- a host's table may have other columns, and asks of a new row what it will.
create function owlpost_place_canary(address text, said jsonb) returns void
  language plpgsql volatile security definer set search_path = public, pg_temp as $body$
begin
  insert into users (id, email, name, preferences)
  values ('00000000-0000-7000-8000-00000000ca4a', address, 'Owlpost canary', said)
  on conflict (id) do update
    set email = excluded.email, preferences = excluded.preferences
    where users.email is distinct from excluded.email or users.preferences is distinct from excluded.preferences;
end
$body$;

-- Once the canary is switched off and its last row is gone.
create function owlpost_retire_canary() returns void
  language plpgsql volatile security definer set search_path = public, pg_temp as $body$
begin
  delete from users u
  where u.id = '00000000-0000-7000-8000-00000000ca4a'
    and not exists (select from notifications n where n.user_id = u.id);
end
$body$;
