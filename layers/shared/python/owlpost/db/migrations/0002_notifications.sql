-- The three primitives (inbox row, delivery, device) and the receipt that they are balanced against.
-- No foreign key leaves for a host table: users come and go by the host's rules, and a delivery to one who is gone ends
-- `skipped` with that reason instead of vanishing.

create table notification_requests (
  id uuid primary key default owlpost_uuid7(),
  -- Who chose the key: producer, sqs (message id) or lambda (request id).
  key_source text not null check (key_source in ('producer', 'sqs', 'lambda')),
  idempotency_key text not null,
  body_hash text not null,
  type text not null,
  team_id uuid,
  -- The first answer, given again to a repeat.
  notifications integer not null default 0,
  notification_ids uuid[] not null default '{}',
  deliveries jsonb not null default '{}',
  unknown_user_ids integer not null default 0,
  -- The request itself, kept while chunks of a large team are still to be written.
  unfinished jsonb,
  created_at timestamptz not null default now(),
  constraint notification_requests_key unique (key_source, idempotency_key)
);
create index notification_requests_created_at_idx on notification_requests (created_at);

-- A large team is cut by ranges of user id when it is accepted; each range is written once, in a transaction of its own.
create table notification_request_chunks (
  request_id uuid not null references notification_requests (id) on delete cascade,
  number integer not null,
  first_user_id uuid not null,
  -- The first user of the next chunk; null in the last.
  end_user_id uuid,
  notifications integer not null default 0,
  deliveries jsonb not null default '{}',
  queued_at timestamptz not null default now(),
  stored_at timestamptz,
  primary key (request_id, number)
);
create index notification_request_chunks_waiting_idx on notification_request_chunks (queued_at) where stored_at is null;

create table notifications (
  id uuid primary key default owlpost_uuid7(),
  user_id uuid not null,
  team_id uuid,
  type text not null,
  title text not null,
  body text,
  link text,
  data jsonb not null default '{}',
  -- False where the person has the type's in_app switched off: the row carries deliveries and shows in no inbox.
  in_app boolean not null default true,
  read_at timestamptz,
  deleted_at timestamptz,
  created_at timestamptz not null default now(),
  request_id uuid not null
);
-- A page of the inbox.
create index notifications_inbox_idx on notifications (user_id, created_at desc, id desc)
  where in_app and deleted_at is null;
-- The unread count, the badge, mark-all and the unread filter.
create index notifications_unread_idx on notifications (user_id, created_at desc, id desc)
  where in_app and deleted_at is null and read_at is null;
-- Cleanup: old read rows, old rows of any kind, and rows deleted long ago.
create index notifications_read_at_idx on notifications (read_at) where deleted_at is null and read_at is not null;
create index notifications_created_at_idx on notifications using brin (created_at);
create index notifications_deleted_at_idx on notifications (deleted_at) where deleted_at is not null;

create table notification_deliveries (
  id uuid primary key default owlpost_uuid7(),
  notification_id uuid not null references notifications (id) on delete cascade,
  channel text not null,
  status text not null default 'pending' check (status in ('pending', 'sent', 'failed', 'skipped')),
  -- Why it failed or was skipped, or what the last attempt of a pending one met.
  error text,
  attempt_metadata jsonb not null default '{}',
  attempts integer not null default 0,
  attempted_at timestamptz,
  created_at timestamptz not null default now(),
  -- When its message was last put on the queue, and not before when it is to be tried again.
  queued_at timestamptz not null default now(),
  next_attempt_at timestamptz,
  -- Whose attempt is under way, and until when it is taken to be alive.
  lease_id uuid,
  leased_until timestamptz,
  -- The frozen batch it goes to the provider with, its size and when it was frozen, and the address as it was then.
  batch_id uuid,
  batch_size integer,
  batched_at timestamptz,
  address text,
  constraint notification_deliveries_notification_channel_key unique (notification_id, channel)
);
-- The sweep: what is pending is few, whatever the size of the table.
create index notification_deliveries_pending_idx on notification_deliveries (queued_at) where status = 'pending';
create index notification_deliveries_batch_idx on notification_deliveries (batch_id)
  where status = 'pending' and batch_id is not null;
-- The operator: what failed lately.
create index notification_deliveries_failed_idx on notification_deliveries (attempted_at desc) where status = 'failed';

create table user_devices (
  id uuid primary key default owlpost_uuid7(),
  user_id uuid not null,
  channel text not null default 'mobile_push',
  platform text not null check (platform in ('ios', 'android')),
  token text not null constraint user_devices_token_key unique,
  environment text not null default 'production' check (environment in ('production', 'sandbox')),
  app_version text,
  device_model text,
  os_version text,
  last_seen_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  registered_at timestamptz not null default now()
);
create index user_devices_user_id_idx on user_devices (user_id, channel);
