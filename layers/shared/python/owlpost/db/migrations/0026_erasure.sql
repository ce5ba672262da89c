-- What erasing a person leaves: a keyed hash of their address, so that whoever complained is not mailed again and a late event of a
-- provider brings no address back. The key is the database's own. No role but the owner reads it: they call the function.
create table erasure_key (key text not null);
insert into erasure_key (key) values (gen_random_uuid() || ':' || gen_random_uuid());

-- The hash is keyed twice, inside and outside, as in RFC 2104.
create function owlpost_keyed_hash(value text) returns text
  language sql stable parallel safe security definer set search_path = public, pg_temp as $body$
  select encode(sha256(convert_to(
    'outer:' || k.key || encode(sha256(convert_to('inner:' || k.key || value, 'UTF8')), 'hex'), 'UTF8'
  )), 'hex')
  from erasure_key k
$body$;

create table erased_addresses (
  address_hash text primary key,
  erased_at timestamptz not null default now()
);
create index erased_addresses_erased_at_idx on erased_addresses (erased_at);
