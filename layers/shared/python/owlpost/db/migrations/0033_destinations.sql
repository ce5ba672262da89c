-- Where a person is reached on a channel that is neither mail nor phone. `sealed` holds the address and its secrets, encrypted:
-- a dump or a replica shows no address that can be posted to. `fingerprint` is a keyed hash of the address.
-- No foreign key to the host's tables: see docs/decisions/0008.
create table destinations (
  id uuid primary key,
  user_id uuid not null,
  channel text not null,
  sealed text not null,
  fingerprint text not null,
  label text not null,
  -- unverified → live ⇄ off (the owner's choice) → dead (by the receiver's word, or after failing for days)
  state text not null default 'unverified' check (state in ('unverified', 'live', 'off', 'dead')),
  verified_at timestamptz,
  dead_at timestamptz,
  last_ok_at timestamptz,
  last_error text,
  last_error_at timestamptz,
  -- since the last success: when the first attempt failed, and how many did
  failing_since timestamptz,
  failures integer not null default 0,
  tested_at timestamptz,
  created_at timestamptz not null default now(),
  -- what is called dead later than this is dead
  registered_at timestamptz not null default now(),
  constraint destinations_address_key unique (user_id, channel, fingerprint)
);

create index destinations_live on destinations (user_id, channel) where state = 'live';

-- A test goes to this one destination; any other delivery goes to all live ones of its person and channel.
alter table notification_deliveries add column destination_id uuid;
