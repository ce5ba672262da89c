-- The tables of the host product that Owlpost reads. Created only where they are missing, so that Owlpost can be installed
-- into a database that has them; their other columns are the host's business.

-- Ids are UUIDv7: the server's own function where it has one (Postgres 18), else the same by hand.
do $migration$
begin
  if to_regprocedure('pg_catalog.uuidv7()') is not null then
    create or replace function owlpost_uuid7() returns uuid
      language sql volatile parallel safe
      as 'select pg_catalog.uuidv7()';
  else
    create or replace function owlpost_uuid7() returns uuid
      language sql volatile parallel safe
      as $body$
        select encode(
          set_bit(set_bit(
            overlay(
              uuid_send(gen_random_uuid())
              placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
              from 1 for 6),
            52, 1), 53, 1),
          'hex')::uuid
      $body$;
  end if;
end
$migration$;

create table if not exists users (
  id uuid primary key default owlpost_uuid7(),
  email text not null,
  name text not null,
  preferences jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index if not exists users_email_lower_key on users (lower(email));

create table if not exists teams (
  id uuid primary key default owlpost_uuid7(),
  name text not null,
  slug text not null unique,
  created_at timestamptz not null default now()
);

create table if not exists team_members (
  team_id uuid not null references teams (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  role text not null default 'member',
  created_at timestamptz not null default now(),
  primary key (team_id, user_id)
);
create index if not exists team_members_user_id_idx on team_members (user_id);

create table if not exists projects (
  id uuid primary key default owlpost_uuid7(),
  team_id uuid not null references teams (id) on delete cascade,
  name text not null,
  issue_alert_frequency text,
  created_at timestamptz not null default now()
);
create index if not exists projects_team_id_idx on projects (team_id);

create table if not exists apps (
  id uuid primary key default owlpost_uuid7(),
  project_id uuid not null references projects (id) on delete cascade,
  name text not null,
  created_at timestamptz not null default now()
);
create index if not exists apps_project_id_idx on apps (project_id);

create table if not exists issues (
  id uuid primary key default owlpost_uuid7(),
  project_id uuid not null references projects (id) on delete cascade,
  app_id uuid not null references apps (id) on delete cascade,
  status text not null default 'new',
  title text not null,
  occurrence_count integer not null default 0,
  unique_user_count integer not null default 0,
  is_dev boolean not null default false,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  last_notified_at timestamptz
);
create index if not exists issues_project_id_idx on issues (project_id, status);
