-- How often each person has written in the current window of a minute: the API refuses more than their share.
create table person_writes (
  user_id uuid primary key,
  window_began timestamptz not null default now(),
  writes integer not null
);
