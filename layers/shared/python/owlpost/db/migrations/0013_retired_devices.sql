-- A dead push token leaves user_devices at once. It can be raised for a day: a provider that errs calls living tokens dead.

create table retired_devices (
  id uuid primary key,
  user_id uuid not null,
  channel text not null,
  platform text not null,
  token text not null,
  environment text not null,
  app_version text,
  device_model text,
  os_version text,
  last_seen_at timestamptz not null,
  created_at timestamptz not null,
  registered_at timestamptz not null,
  retired_at timestamptz not null
);
create index retired_devices_retired_at_idx on retired_devices (retired_at);

-- When the guard against mass death first doubted the provider's word about this device.
alter table user_devices add column doubted_at timestamptz;

-- How many tokens a batch tried and how many of them were called dead. The guard adds up those of the last minutes.
create table push_tallies (
  id uuid primary key default owlpost_uuid7(),
  at timestamptz not null,
  platform text not null,
  tried integer not null,
  dead integer not null
);
create index push_tallies_at_idx on push_tallies (at);
