-- What a person chose and when, so that a delivery of long ago can be explained. Rows are only added; `by` is `person`, `host`,
-- `unsubscribe` with the delivery that carried the link, or `operator` with a name. `path` is a JSON Pointer into the preferences.
create table preference_changes (
  id uuid primary key default owlpost_uuid7(),
  user_id uuid not null,
  at timestamptz not null default now(),
  path text not null,
  before jsonb,
  after jsonb,
  by text not null
);
create index preference_changes_user_id_idx on preference_changes (user_id, path, at desc);
create index preference_changes_at_idx on preference_changes (at);

-- Why a delivery is there, or ended as it did: the rule, the version of the registry of types, and since when the person's choice
-- stands that decided, null if that is not recorded.
alter table notification_deliveries
  add column decided_by text,
  add column registry text,
  add column preference_at timestamptz;
