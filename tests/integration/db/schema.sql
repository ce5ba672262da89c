create table apps (
  id uuid not null default owlpost_uuid7(),
  project_id uuid not null,
  name text not null,
  created_at timestamp with time zone not null default now(),
  constraint apps_pkey PRIMARY KEY (id),
  constraint apps_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE
);

create table badge_updates (
  user_id uuid not null,
  queued_at timestamp with time zone not null,
  constraint badge_updates_pkey PRIMARY KEY (user_id)
);

create table destinations (
  id uuid not null,
  user_id uuid,
  channel text not null,
  sealed text not null,
  fingerprint text not null,
  label text not null,
  state text not null default 'unverified'::text,
  verified_at timestamp with time zone,
  dead_at timestamp with time zone,
  last_ok_at timestamp with time zone,
  last_error text,
  last_error_at timestamp with time zone,
  failing_since timestamp with time zone,
  failures integer not null default 0,
  tested_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  registered_at timestamp with time zone not null default now(),
  kind text not null default 'url'::text,
  exclusive boolean not null default false,
  verify_hash text,
  verify_until timestamp with time zone,
  created_by uuid,
  last_seen_at timestamp with time zone,
  types text[],
  team_id uuid,
  session_id text,
  test_id uuid,
  death_mail_due_at timestamp with time zone,
  death_mail_begun_at timestamp with time zone,
  constraint destinations_address_key UNIQUE (user_id, channel, fingerprint),
  constraint destinations_owner_check CHECK ((num_nonnulls(user_id, team_id) = 1)),
  constraint destinations_pkey PRIMARY KEY (id),
  constraint destinations_room_key UNIQUE (team_id, channel, fingerprint),
  constraint destinations_state_check CHECK ((state = ANY (ARRAY['unverified'::text, 'live'::text, 'off'::text, 'dead'::text])))
);

create table direct_mails (
  id uuid not null default owlpost_uuid7(),
  template text not null,
  address text not null,
  status text not null,
  error text,
  provider_id text,
  created_at timestamp with time zone not null default now(),
  provider_events jsonb not null default '{}'::jsonb,
  constraint direct_mails_pkey PRIMARY KEY (id),
  constraint direct_mails_status_check CHECK ((status = ANY (ARRAY['sent'::text, 'failed'::text, 'skipped'::text, 'started'::text])))
);

create table email_suppressions (
  address text not null,
  reason text not null,
  detail jsonb not null default '{}'::jsonb,
  created_at timestamp with time zone not null default now(),
  unicode_address text,
  constraint email_suppressions_address_check CHECK ((address = lower(address))),
  constraint email_suppressions_pkey PRIMARY KEY (address)
);

create table email_verification_codes (
  id uuid not null default owlpost_uuid7(),
  email text not null,
  code_hash text not null,
  attempts integer not null default 0,
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  browser_hash text,
  own_attempts integer not null default 0,
  constraint email_verification_codes_pkey PRIMARY KEY (id)
);

create table ended_sessions (
  id text not null,
  expires_at timestamp with time zone not null,
  constraint ended_sessions_pkey PRIMARY KEY (id)
);

create table erased_addresses (
  address_hash text not null,
  erased_at timestamp with time zone not null default now(),
  constraint erased_addresses_pkey PRIMARY KEY (address_hash)
);

create table erasure_key (
  key text not null
);

create table holds (
  id uuid not null default owlpost_uuid7(),
  channel text,
  type text,
  producer text,
  team_id uuid,
  request_id uuid,
  reason text not null,
  created_by text not null,
  created_at timestamp with time zone not null default now(),
  until timestamp with time zone,
  ended_at timestamp with time zone,
  ended_by text,
  by_brake boolean not null default false,
  constraint holds_pkey PRIMARY KEY (id)
);

create table invitation_attempts (
  id uuid not null default owlpost_uuid7(),
  inviter_id uuid not null,
  team_id uuid not null,
  address text not null,
  created_at timestamp with time zone not null,
  constraint invitation_attempts_pkey PRIMARY KEY (id)
);

create table issues (
  id uuid not null default owlpost_uuid7(),
  project_id uuid not null,
  app_id uuid not null,
  status text not null default 'new'::text,
  title text not null,
  occurrence_count integer not null default 0,
  unique_user_count integer not null default 0,
  is_dev boolean not null default false,
  first_seen_at timestamp with time zone not null default now(),
  last_seen_at timestamp with time zone not null default now(),
  last_notified_at timestamp with time zone,
  constraint issues_app_id_fkey FOREIGN KEY (app_id) REFERENCES apps(id) ON DELETE CASCADE,
  constraint issues_pkey PRIMARY KEY (id),
  constraint issues_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE
);

create table known_browsers (
  user_id uuid not null,
  browser_hash text not null,
  last_used_at timestamp with time zone not null,
  constraint known_browsers_pkey PRIMARY KEY (user_id, browser_hash)
);

create table lines (
  id uuid not null default owlpost_uuid7(),
  user_id uuid not null,
  session_id text not null,
  ticket_hash text,
  connection_id text,
  created_at timestamp with time zone not null default now(),
  ends_at timestamp with time zone not null,
  constraint lines_connection_id_key UNIQUE (connection_id),
  constraint lines_pkey PRIMARY KEY (id),
  constraint lines_state_check CHECK ((num_nonnulls(ticket_hash, connection_id) = 1)),
  constraint lines_ticket_hash_key UNIQUE (ticket_hash)
);

create table notification_deliveries (
  id uuid not null default owlpost_uuid7(),
  notification_id uuid not null,
  channel text not null,
  status text not null default 'pending'::text,
  error text,
  attempt_metadata jsonb not null default '{}'::jsonb,
  attempts integer not null default 0,
  attempted_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  queued_at timestamp with time zone not null default now(),
  next_attempt_at timestamp with time zone,
  lease_id uuid,
  leased_until timestamp with time zone,
  batch_id uuid,
  batch_size integer,
  batched_at timestamp with time zone,
  address text,
  redriven_at timestamp with time zone,
  waits_for text,
  allowed_at timestamp with time zone,
  decided_by text,
  registry text,
  preference_at timestamp with time zone,
  replaced_at timestamp with time zone,
  gathered_in uuid,
  destination_id uuid,
  locale text,
  constraint notification_deliveries_notification_channel_key UNIQUE (notification_id, channel),
  constraint notification_deliveries_notification_id_fkey FOREIGN KEY (notification_id) REFERENCES notifications(id) ON DELETE CASCADE,
  constraint notification_deliveries_pkey PRIMARY KEY (id),
  constraint notification_deliveries_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'sent'::text, 'failed'::text, 'skipped'::text])))
);

create table notification_outbox (
  id uuid not null default owlpost_uuid7(),
  body jsonb not null,
  correlation_id text,
  attempts integer not null default 0,
  not_before timestamp with time zone not null default now(),
  created_at timestamp with time zone not null default now(),
  constraint notification_outbox_pkey PRIMARY KEY (id)
);

create table notification_request_chunks (
  request_id uuid not null,
  number integer not null,
  first_user_id uuid not null,
  end_user_id uuid,
  notifications integer not null default 0,
  deliveries jsonb not null default '{}'::jsonb,
  queued_at timestamp with time zone not null default now(),
  stored_at timestamp with time zone,
  constraint notification_request_chunks_pkey PRIMARY KEY (request_id, number),
  constraint notification_request_chunks_request_id_fkey FOREIGN KEY (request_id) REFERENCES notification_requests(id) ON DELETE CASCADE
);

create table notification_requests (
  id uuid not null default owlpost_uuid7(),
  key_source text not null,
  idempotency_key text not null,
  body_hash text not null,
  type text not null,
  team_id uuid,
  notifications integer not null default 0,
  notification_ids uuid[] not null default '{}'::uuid[],
  deliveries jsonb not null default '{}'::jsonb,
  unknown_user_ids integer not null default 0,
  unfinished jsonb,
  created_at timestamp with time zone not null default now(),
  correlation_id text,
  producer text,
  not_before timestamp with time zone,
  recalled_at timestamp with time zone,
  brake_id uuid,
  rooms integer not null default 0,
  constraint notification_requests_key UNIQUE (key_source, idempotency_key),
  constraint notification_requests_key_source_check CHECK ((key_source = ANY (ARRAY['producer'::text, 'named'::text, 'sqs'::text, 'lambda'::text, 'outbox'::text]))),
  constraint notification_requests_pkey PRIMARY KEY (id)
);

create table notification_texts (
  id uuid not null,
  user_id uuid not null,
  said text not null,
  constraint notification_texts_id_fkey FOREIGN KEY (id) REFERENCES notifications(id) ON DELETE CASCADE,
  constraint notification_texts_pkey PRIMARY KEY (id)
);

create table notifications (
  id uuid not null default owlpost_uuid7(),
  user_id uuid,
  team_id uuid,
  type text not null,
  title text not null,
  body text,
  link text,
  data jsonb not null default '{}'::jsonb,
  in_app boolean not null default true,
  read_at timestamp with time zone,
  deleted_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  request_id uuid not null,
  appeared xid8 default pg_current_xact_id(),
  done_at timestamp with time zone,
  snoozed_from timestamp with time zone,
  constraint notifications_pkey PRIMARY KEY (id),
  constraint notifications_room_check CHECK (((user_id IS NOT NULL) OR (NOT in_app))) NOT VALID
);

create table operator_results (
  event_id uuid not null,
  ended_at timestamp with time zone not null default now(),
  result jsonb,
  error text,
  constraint operator_results_event_id_fkey FOREIGN KEY (event_id) REFERENCES security_events(id) ON DELETE CASCADE,
  constraint operator_results_pkey PRIMARY KEY (event_id)
);

create table person_writes (
  user_id uuid not null,
  window_began timestamp with time zone not null default now(),
  writes integer not null,
  constraint person_writes_pkey PRIMARY KEY (user_id)
);

create table preference_changes (
  id uuid not null default owlpost_uuid7(),
  user_id uuid not null,
  at timestamp with time zone not null default now(),
  path text not null,
  before jsonb,
  after jsonb,
  by text not null,
  constraint preference_changes_pkey PRIMARY KEY (id)
);

create table projects (
  id uuid not null default owlpost_uuid7(),
  team_id uuid not null,
  name text not null,
  issue_alert_frequency text,
  created_at timestamp with time zone not null default now(),
  constraint projects_pkey PRIMARY KEY (id),
  constraint projects_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE
);

create table provider_pauses (
  id bigint not null,
  channel text not null,
  provider text not null,
  reason text not null,
  opened_at timestamp with time zone not null,
  probe_at timestamp with time zone not null,
  closed_at timestamp with time zone,
  released_to timestamp with time zone,
  released_after uuid,
  constraint provider_pauses_pkey PRIMARY KEY (id)
);

create table push_tallies (
  id uuid not null default owlpost_uuid7(),
  at timestamp with time zone not null,
  platform text not null,
  tried integer not null,
  dead integer not null,
  constraint push_tallies_pkey PRIMARY KEY (id)
);

create table retired_devices (
  id uuid not null,
  user_id uuid not null,
  channel text not null,
  platform text not null,
  token text not null,
  environment text not null,
  app_version text,
  device_model text,
  os_version text,
  last_seen_at timestamp with time zone not null,
  created_at timestamp with time zone not null,
  registered_at timestamp with time zone not null,
  retired_at timestamp with time zone not null,
  constraint retired_devices_pkey PRIMARY KEY (id)
);

create table schedule_runs (
  name text not null,
  ran_at timestamp with time zone not null default now(),
  detail text,
  constraint schedule_runs_pkey PRIMARY KEY (name)
);

create table security_events (
  id uuid not null default owlpost_uuid7(),
  kind text not null,
  actor text,
  source_hash text,
  detail jsonb not null default '{}'::jsonb,
  created_at timestamp with time zone not null,
  constraint security_events_pkey PRIMARY KEY (id)
);

create table session_cutoffs (
  user_id uuid not null,
  started_before timestamp with time zone not null,
  kept_session text,
  constraint session_cutoffs_pkey PRIMARY KEY (user_id)
);

create table sessions (
  id text not null,
  user_id uuid not null,
  device text not null default ''::text,
  started_at timestamp with time zone not null,
  last_used_at timestamp with time zone not null,
  constraint sessions_pkey PRIMARY KEY (id)
);

create table sign_in_attempts (
  id uuid not null default owlpost_uuid7(),
  kind text not null,
  email text not null,
  source text,
  created_at timestamp with time zone not null default now(),
  browser_hash text,
  constraint sign_in_attempts_kind_check CHECK ((kind = ANY (ARRAY['send'::text, 'try'::text]))),
  constraint sign_in_attempts_pkey PRIMARY KEY (id)
);

create table team_invitations (
  id uuid not null default owlpost_uuid7(),
  team_id uuid not null,
  email text not null,
  role text not null default 'member'::text,
  token_hash text not null,
  invited_by_user_id uuid not null,
  expires_at timestamp with time zone not null,
  accepted_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  constraint team_invitations_pkey PRIMARY KEY (id),
  constraint team_invitations_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'member'::text]))),
  constraint team_invitations_team_email_key UNIQUE (team_id, email),
  constraint team_invitations_token_hash_key UNIQUE (token_hash)
);

create table team_members (
  team_id uuid not null,
  user_id uuid not null,
  role text not null default 'member'::text,
  created_at timestamp with time zone not null default now(),
  constraint team_members_pkey PRIMARY KEY (team_id, user_id),
  constraint team_members_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE,
  constraint team_members_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

create table teams (
  id uuid not null default owlpost_uuid7(),
  name text not null,
  slug text not null,
  created_at timestamp with time zone not null default now(),
  constraint teams_pkey PRIMARY KEY (id),
  constraint teams_slug_key UNIQUE (slug)
);

create table texts_entered (
  user_id uuid not null,
  list text not null,
  until_at timestamp with time zone not null,
  until_id uuid not null,
  constraint texts_entered_list_check CHECK ((list = ANY (ARRAY['inbox'::text, 'done'::text]))),
  constraint texts_entered_pkey PRIMARY KEY (user_id, list)
);

create table user_devices (
  id uuid not null default owlpost_uuid7(),
  user_id uuid not null,
  channel text not null default 'mobile_push'::text,
  platform text not null,
  token text not null,
  environment text not null default 'production'::text,
  app_version text,
  device_model text,
  os_version text,
  last_seen_at timestamp with time zone not null default now(),
  created_at timestamp with time zone not null default now(),
  registered_at timestamp with time zone not null default now(),
  doubted_at timestamp with time zone,
  constraint user_devices_environment_check CHECK ((environment = ANY (ARRAY['production'::text, 'sandbox'::text]))),
  constraint user_devices_pkey PRIMARY KEY (id),
  constraint user_devices_platform_check CHECK ((platform = ANY (ARRAY['ios'::text, 'android'::text]))),
  constraint user_devices_token_key UNIQUE (token)
);

create table users (
  id uuid not null default owlpost_uuid7(),
  email text not null,
  name text not null,
  preferences jsonb not null default '{}'::jsonb,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint users_pkey PRIMARY KEY (id)
);

create table webhook_events (
  id text not null,
  received_at timestamp with time zone not null default now(),
  constraint webhook_events_pkey PRIMARY KEY (id)
);

CREATE INDEX apps_project_id_idx ON public.apps USING btree (project_id);
CREATE INDEX destinations_death_mail ON public.destinations USING btree (death_mail_due_at) WHERE ((state = 'dead'::text) AND (death_mail_due_at IS NOT NULL));
CREATE UNIQUE INDEX destinations_exclusive ON public.destinations USING btree (channel, fingerprint) WHERE exclusive;
CREATE INDEX destinations_live ON public.destinations USING btree (user_id, channel) WHERE (state = 'live'::text);
CREATE INDEX destinations_rooms ON public.destinations USING btree (team_id) WHERE ((state = 'live'::text) AND (team_id IS NOT NULL));
CREATE INDEX destinations_session ON public.destinations USING btree (session_id) WHERE (session_id IS NOT NULL);
CREATE INDEX destinations_unseen ON public.destinations USING btree (last_seen_at) WHERE (kind = 'subscription'::text);
CREATE UNIQUE INDEX destinations_verify ON public.destinations USING btree (verify_hash) WHERE (verify_hash IS NOT NULL);
CREATE INDEX direct_mails_address_idx ON public.direct_mails USING btree (address, created_at);
CREATE INDEX direct_mails_created_at_idx ON public.direct_mails USING btree (created_at);
CREATE INDEX direct_mails_provider_id_idx ON public.direct_mails USING btree (provider_id) WHERE (provider_id IS NOT NULL);
CREATE INDEX email_suppressions_unicode_address_idx ON public.email_suppressions USING btree (unicode_address) WHERE (unicode_address IS NOT NULL);
CREATE INDEX email_verification_codes_created_at_idx ON public.email_verification_codes USING btree (created_at);
CREATE INDEX email_verification_codes_email_idx ON public.email_verification_codes USING btree (email, created_at DESC);
CREATE INDEX ended_sessions_expires_at_idx ON public.ended_sessions USING btree (expires_at);
CREATE INDEX erased_addresses_erased_at_idx ON public.erased_addresses USING btree (erased_at);
CREATE UNIQUE INDEX holds_brake_idx ON public.holds USING btree (COALESCE(producer, ''::text)) WHERE (by_brake AND (ended_at IS NULL));
CREATE INDEX holds_open_idx ON public.holds USING btree (created_at) WHERE (ended_at IS NULL);
CREATE INDEX invitation_attempts_address_idx ON public.invitation_attempts USING btree (address, created_at);
CREATE INDEX invitation_attempts_created_at_idx ON public.invitation_attempts USING btree (created_at);
CREATE INDEX invitation_attempts_inviter_id_idx ON public.invitation_attempts USING btree (inviter_id, created_at);
CREATE INDEX invitation_attempts_team_id_idx ON public.invitation_attempts USING btree (team_id, created_at);
CREATE INDEX issues_project_id_idx ON public.issues USING btree (project_id, status);
CREATE INDEX known_browsers_last_used_at_idx ON public.known_browsers USING btree (last_used_at);
CREATE INDEX lines_end ON public.lines USING btree (ends_at);
CREATE INDEX lines_person ON public.lines USING btree (user_id, created_at);
CREATE INDEX lines_session ON public.lines USING btree (session_id);
CREATE INDEX notification_deliveries_batch_idx ON public.notification_deliveries USING btree (batch_id) WHERE ((status = 'pending'::text) AND (batch_id IS NOT NULL));
CREATE INDEX notification_deliveries_failed_idx ON public.notification_deliveries USING btree (attempted_at DESC) WHERE (status = 'failed'::text);
CREATE INDEX notification_deliveries_gathered_idx ON public.notification_deliveries USING btree (gathered_in) WHERE (gathered_in IS NOT NULL);
CREATE INDEX notification_deliveries_pending_idx ON public.notification_deliveries USING btree (queued_at) WHERE ((status = 'pending'::text) AND (queued_at > '-infinity'::timestamp with time zone));
CREATE INDEX notification_deliveries_waiting_idx ON public.notification_deliveries USING btree (waits_for, next_attempt_at) WHERE ((status = 'pending'::text) AND (waits_for IS NOT NULL));
CREATE INDEX notification_request_chunks_waiting_idx ON public.notification_request_chunks USING btree (queued_at) WHERE (stored_at IS NULL);
CREATE INDEX notification_requests_created_at_idx ON public.notification_requests USING btree (created_at);
CREATE INDEX notification_requests_producer_idx ON public.notification_requests USING btree (COALESCE(producer, ''::text), created_at);
CREATE INDEX notification_texts_said ON public.notification_texts USING gin (user_id, said gin_trgm_ops) WITH (fastupdate=off);
CREATE INDEX notifications_created_at_idx ON public.notifications USING brin (created_at);
CREATE INDEX notifications_deleted_at_idx ON public.notifications USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);
CREATE INDEX notifications_done_idx ON public.notifications USING btree (user_id, done_at DESC, id DESC) WHERE ((done_at IS NOT NULL) AND (deleted_at IS NULL));
CREATE INDEX notifications_elsewhere_idx ON public.notifications USING btree (user_id, created_at) WHERE ((NOT in_app) OR (deleted_at IS NOT NULL));
CREATE INDEX notifications_inbox_idx ON public.notifications USING btree (user_id, created_at DESC, id DESC) WHERE (in_app AND (deleted_at IS NULL));
CREATE INDEX notifications_read_at_idx ON public.notifications USING btree (read_at) WHERE ((deleted_at IS NULL) AND (read_at IS NOT NULL));
CREATE INDEX notifications_unread_idx ON public.notifications USING btree (user_id, created_at DESC, id DESC) WHERE (in_app AND (deleted_at IS NULL) AND (read_at IS NULL));
CREATE INDEX preference_changes_at_idx ON public.preference_changes USING btree (at);
CREATE INDEX preference_changes_user_id_idx ON public.preference_changes USING btree (user_id, path, at DESC);
CREATE INDEX projects_team_id_idx ON public.projects USING btree (team_id);
CREATE INDEX provider_pauses_closed_at_idx ON public.provider_pauses USING btree (channel, closed_at);
CREATE UNIQUE INDEX provider_pauses_open_idx ON public.provider_pauses USING btree (channel, provider) WHERE (closed_at IS NULL);
CREATE INDEX provider_pauses_releasing_idx ON public.provider_pauses USING btree (channel) WHERE (released_to IS NOT NULL);
CREATE INDEX push_tallies_at_idx ON public.push_tallies USING btree (at);
CREATE INDEX retired_devices_retired_at_idx ON public.retired_devices USING btree (retired_at);
CREATE INDEX security_events_created_at_idx ON public.security_events USING btree (created_at);
CREATE INDEX security_events_source_hash_idx ON public.security_events USING btree (source_hash, created_at);
CREATE INDEX sessions_started_at_idx ON public.sessions USING btree (started_at);
CREATE INDEX sessions_user_id_idx ON public.sessions USING btree (user_id, last_used_at DESC);
CREATE INDEX sign_in_attempts_created_at_idx ON public.sign_in_attempts USING btree (created_at);
CREATE INDEX sign_in_attempts_email_idx ON public.sign_in_attempts USING btree (email, created_at) WHERE (kind = 'send'::text);
CREATE INDEX sign_in_attempts_source_idx ON public.sign_in_attempts USING btree (source, created_at) WHERE (source IS NOT NULL);
CREATE INDEX team_invitations_expires_at_idx ON public.team_invitations USING btree (expires_at) WHERE (accepted_at IS NULL);
CREATE INDEX team_members_user_id_idx ON public.team_members USING btree (user_id);
CREATE INDEX user_devices_user_id_idx ON public.user_devices USING btree (user_id, channel);
CREATE UNIQUE INDEX users_email_lower_key ON public.users USING btree (lower(email));
CREATE INDEX webhook_events_received_at_idx ON public.webhook_events USING btree (received_at);

CREATE OR REPLACE FUNCTION public.owlpost_enqueue(request jsonb, correlation_id text DEFAULT NULL::text)
 RETURNS uuid
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  kept uuid;
  problem text := case
    when jsonb_typeof(request) is distinct from 'object' then 'request: must be a JSON object'
    when octet_length(request::text) > 1048576 then 'request: must be at most 1 MiB of JSON'
    when request ? 'happened' then case
      when jsonb_typeof(request -> 'happened') <> 'string' then 'happened: must be a text'
      when jsonb_typeof(request -> 'fact') is distinct from 'object' then 'fact: must be a JSON object'
    end
    when request ? 'cancel' and jsonb_typeof(request -> 'cancel') <> 'string' then 'cancel: must be a text'
    when jsonb_typeof(request -> 'type') is distinct from 'string' then 'type: must be a text'
    when request ? 'cancel' then null
    when jsonb_typeof(request -> 'recipients') is distinct from 'object' then 'recipients: must be a JSON object'
    when jsonb_typeof(request -> 'title') is distinct from 'string' then 'title: must be a text'
  end;
begin
  if problem is not null then
    raise exception using errcode = 'invalid_parameter_value', message = problem;
  end if;
  insert into notification_outbox (body, correlation_id) values (request, owlpost_enqueue.correlation_id) returning id into kept;
  return kept;
end
$function$;

CREATE OR REPLACE FUNCTION public.owlpost_keyed_hash(value text)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select encode(sha256(convert_to(
    'outer:' || k.key || encode(sha256(convert_to('inner:' || k.key || value, 'UTF8')), 'hex'), 'UTF8'
  )), 'hex')
  from erasure_key k
$function$;

CREATE OR REPLACE FUNCTION public.owlpost_moment(value jsonb)
 RETURNS timestamp with time zone
 LANGUAGE plpgsql
 STABLE PARALLEL SAFE
AS $function$
begin
  if jsonb_typeof(value) = 'string' and value #>> '{}'
    ~ '^[12][0-9]{3}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$'
  then
    return cast(value #>> '{}' as timestamptz);
  end if;
  return null;
exception
  when data_exception then return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.owlpost_place_canary(address text, said jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  insert into users (id, email, name, preferences)
  values ('00000000-0000-7000-8000-00000000ca4a', address, 'Owlpost canary', said)
  on conflict (id) do update
    set email = excluded.email, preferences = excluded.preferences
    where users.email is distinct from excluded.email or users.preferences is distinct from excluded.preferences;
end
$function$;

CREATE OR REPLACE FUNCTION public.owlpost_quiet_until(quiet jsonb, at timestamp with time zone)
 RETURNS timestamp with time zone
 LANGUAGE plpgsql
 STABLE PARALLEL SAFE
AS $function$
declare
  zone text := quiet ->> 'time_zone';
  starts time;
  ends time;
  today date;
  latest timestamptz;
begin
  if jsonb_typeof(quiet) is distinct from 'object'
    or jsonb_typeof(quiet -> 'start') is distinct from 'string' or quiet ->> 'start' !~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'
    or jsonb_typeof(quiet -> 'end') is distinct from 'string' or quiet ->> 'end' !~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'
    or jsonb_typeof(quiet -> 'time_zone') is distinct from 'string'
    or zone !~ '^(UTC|[A-Z][A-Za-z_]*(/[A-Z][A-Za-z_]*(-[A-Za-z_]+)*)+)$'
    or coalesce(jsonb_typeof(quiet -> 'days'), 'null') not in ('null', 'array')
    or quiet ->> 'start' = quiet ->> 'end'
  then
    return null;
  end if;
  starts := cast(quiet ->> 'start' as time);
  ends := cast(quiet ->> 'end' as time);
  today := cast(at at time zone zone as date);
  select max((day + case when ends > starts then 0 else 1 end + ends) at time zone zone) into latest
  from unnest(array[today - 1, today]) as day
  where (coalesce(jsonb_typeof(quiet -> 'days'), 'null') = 'null' or quiet -> 'days' @> to_jsonb(extract(isodow from day)))
    and at >= (day + starts) at time zone zone
    and at < (day + case when ends > starts then 0 else 1 end + ends) at time zone zone;
  return latest;
exception
  when data_exception then return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.owlpost_retire_canary()
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  delete from users u
  where u.id = '00000000-0000-7000-8000-00000000ca4a'
    and not exists (select from notifications n where n.user_id = u.id);
end
$function$;
