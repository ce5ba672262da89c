-- Each invitation that was asked for, counted by inviter, by team and by address.
create table invitation_attempts (
  id uuid primary key default owlpost_uuid7(),
  inviter_id uuid not null,
  team_id uuid not null,
  address text not null,
  created_at timestamptz not null
);
create index invitation_attempts_inviter_id_idx on invitation_attempts (inviter_id, created_at);
create index invitation_attempts_team_id_idx on invitation_attempts (team_id, created_at);
create index invitation_attempts_address_idx on invitation_attempts (address, created_at);
create index invitation_attempts_created_at_idx on invitation_attempts (created_at);
