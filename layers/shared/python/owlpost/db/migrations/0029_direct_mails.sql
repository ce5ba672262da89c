-- Mails that pass no queue: codes to sign in, invitations, warnings about an account. What became of each, and never what it said.
-- `started`: another function was asked to mail it, which has no database to say what became of it.
create table direct_mails (
  id uuid primary key default owlpost_uuid7(),
  template text not null,
  address text not null,
  status text not null check (status in ('sent', 'failed', 'skipped', 'started')),
  error text,
  provider_id text,
  created_at timestamptz not null default now()
);
create index direct_mails_created_at_idx on direct_mails (created_at);
create index direct_mails_address_idx on direct_mails (address, created_at);
