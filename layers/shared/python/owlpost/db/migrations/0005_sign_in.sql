-- Sessions that were ended, and what the limits of signing in count.

-- A row serves until the last token of its session would have expired by itself.
create table ended_sessions (
  id text primary key,
  expires_at timestamptz not null
);
create index ended_sessions_expires_at_idx on ended_sessions (expires_at);

-- Each code that was asked for and each that was tried; apart from the codes, whose rows come and go by other rules.
create table sign_in_attempts (
  id uuid primary key default owlpost_uuid7(),
  kind text not null check (kind in ('send', 'try')),
  email text not null,
  source text,
  created_at timestamptz not null default now()
);
create index sign_in_attempts_email_idx on sign_in_attempts (email, created_at) where kind = 'send';
create index sign_in_attempts_source_idx on sign_in_attempts (source, created_at) where source is not null;
create index sign_in_attempts_created_at_idx on sign_in_attempts (created_at);

