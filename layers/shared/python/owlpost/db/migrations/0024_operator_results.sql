-- What became of an operator's act: added when it has ended. The act itself is in `security_events` before it begins.
create table operator_results (
  event_id uuid primary key references security_events (id) on delete cascade,
  ended_at timestamptz not null default now(),
  -- Numbers and ids alone; null if it failed.
  result jsonb,
  error text
);
