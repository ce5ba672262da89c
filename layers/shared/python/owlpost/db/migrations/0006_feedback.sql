-- What providers tell us after a mail was taken, and the numbers on the icons of people's apps.

-- Events that had an effect which must not come back once an operator has undone it: providers tell us at least once.
create table webhook_events (
  id text primary key,
  received_at timestamptz not null default now()
);
create index webhook_events_received_at_idx on webhook_events (received_at);

-- When a person's badge was last to be brought up to date: changes shortly after that are seen by the same update.
create table badge_updates (
  user_id uuid primary key,
  queued_at timestamptz not null
);
