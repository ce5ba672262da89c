-- When a schedule last worked with the database, and when it was last migrated: `detail` is then the newest migration. A sweep that
-- has nothing to do leaves the database asleep, and writes nothing. No function sees the list of migrations itself.
create table schedule_runs (
  name text primary key,
  ran_at timestamptz not null default now(),
  detail text
);
