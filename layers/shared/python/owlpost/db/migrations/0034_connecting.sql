-- A channel may be connected in several ways (`kind`), and a destination may belong to a team's room instead of a person.
alter table destinations
  add column kind text not null default 'url',
  -- an address that one owner alone has: it moves to whoever connects it last
  add column exclusive boolean not null default false,
  -- of a link that its owner follows to prove it: the token's hash, and until when it counts
  add column verify_hash text,
  add column verify_until timestamptz,
  -- of a room: who connected it
  add column created_by uuid,
  add column last_seen_at timestamptz,
  -- of a room: the types that it is told of; null is all
  add column types text[],
  add column team_id uuid,
  alter column user_id drop not null,
  add constraint destinations_owner_check check (num_nonnulls(user_id, team_id) = 1),
  add constraint destinations_room_key unique (team_id, channel, fingerprint);

create unique index destinations_exclusive on destinations (channel, fingerprint) where exclusive;
create unique index destinations_verify on destinations (verify_hash) where verify_hash is not null;
create index destinations_rooms on destinations (team_id) where state = 'live' and team_id is not null;
