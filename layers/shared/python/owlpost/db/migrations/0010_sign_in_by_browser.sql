-- Sign-in attempts are counted by browser beside the address, and a person sees the sessions of their account.

-- The browser that asked for the code, and the tries made in that browser; `attempts` counts all other tries.
alter table email_verification_codes
  add column browser_hash text,
  add column own_attempts integer not null default 0;

-- The known browser that asked; null if the browser had never signed in to this address.
alter table sign_in_attempts add column browser_hash text;

-- Browsers that have signed in to an account: a sign-in from another one is mailed to its owner.
create table known_browsers (
  user_id uuid not null,
  browser_hash text not null,
  last_used_at timestamptz not null,
  primary key (user_id, browser_hash)
);
create index known_browsers_last_used_at_idx on known_browsers (last_used_at);

create table sessions (
  id text primary key,
  user_id uuid not null,
  device text not null default '',
  started_at timestamptz not null,
  last_used_at timestamptz not null
);
create index sessions_user_id_idx on sessions (user_id, last_used_at desc);
create index sessions_started_at_idx on sessions (started_at);

-- "End all sessions": no session of the user that started before this moment is valid, listed in `sessions` or not.
create table session_cutoffs (
  user_id uuid primary key,
  started_before timestamptz not null
);

-- Who did what that matters for security. `actor` is a user's id, `operator`, or null for an unknown person. Addresses and
-- sources are keyed hashes: they can be compared, and not be read.
create table security_events (
  id uuid primary key default owlpost_uuid7(),
  kind text not null,
  actor text,
  source_hash text,
  detail jsonb not null default '{}',
  created_at timestamptz not null
);
create index security_events_created_at_idx on security_events (created_at);
