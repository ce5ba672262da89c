-- The texts of old rows, for the search of large inboxes. Cleanup enters them, so that the fan-out pays nothing: neither it nor
-- reading touches these tables. Both extensions are trusted: who may create in the database may create them.
create extension if not exists pg_trgm;
create extension if not exists btree_gin;

create table notification_texts (
  id uuid primary key references notifications (id) on delete cascade,
  user_id uuid not null,
  -- Title and body as a search compares them.
  said text not null
);
-- Entered at once, not by a list of what is pending: each search would read that list to its end.
do $migration$
begin
  execute format(
    'create index notification_texts_said on notification_texts using gin (user_id, said %I.gin_trgm_ops) with (fastupdate = off)',
    (select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm')
  );
end
$migration$;

-- How far a person's list is entered: all of its rows up to this place are, and of those beyond it only some that came back.
create table texts_entered (
  user_id uuid not null,
  list text not null check (list in ('inbox', 'done')),
  until_at timestamptz not null,
  until_id uuid not null,
  primary key (user_id, list)
);
