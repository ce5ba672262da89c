-- A page holds a line, by which it hears at once that there is something to ask for. A row begins as a ticket, which opens one
-- line once, and says when it ends by itself.
create table lines (
  id uuid primary key default owlpost_uuid7(),
  user_id uuid not null,
  session_id text not null,
  ticket_hash text unique,
  connection_id text unique,
  created_at timestamptz not null default now(),
  ends_at timestamptz not null,
  constraint lines_state_check check (num_nonnulls(ticket_hash, connection_id) = 1)
);
create index lines_person on lines (user_id, created_at);
create index lines_session on lines (session_id);
-- Cleanup drops those that ended without a word.
create index lines_end on lines (ends_at);
