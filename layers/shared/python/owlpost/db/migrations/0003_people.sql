-- Signing in, invitations, and the addresses no mail goes to.

create table email_verification_codes (
  id uuid primary key default owlpost_uuid7(),
  email text not null,
  code_hash text not null,
  attempts integer not null default 0,
  expires_at timestamptz not null,
  used_at timestamptz,
  created_at timestamptz not null default now()
);
create index email_verification_codes_email_idx on email_verification_codes (email, created_at desc);
create index email_verification_codes_created_at_idx on email_verification_codes (created_at);

create table email_suppressions (
  -- In lower case: addresses compare without case.
  address text primary key check (address = lower(address)),
  reason text not null,
  detail jsonb not null default '{}',
  created_at timestamptz not null default now()
);

create table team_invitations (
  id uuid primary key default owlpost_uuid7(),
  team_id uuid not null,
  email text not null,
  role text not null default 'member' check (role in ('owner', 'admin', 'member')),
  token_hash text not null constraint team_invitations_token_hash_key unique,
  invited_by_user_id uuid not null,
  expires_at timestamptz not null,
  accepted_at timestamptz,
  created_at timestamptz not null default now(),
  constraint team_invitations_team_email_key unique (team_id, email)
);
create index team_invitations_expires_at_idx on team_invitations (expires_at) where accepted_at is null;
