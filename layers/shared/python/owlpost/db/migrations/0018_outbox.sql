-- Requests and facts that a host writes inside its own transaction: seen when it commits, and never when it rolls back.
-- `enqueue` takes them in order; a row is gone once it was taken. `attempts` counts faults that are not the request's own.
create table notification_outbox (
  id uuid primary key default owlpost_uuid7(),
  body jsonb not null,
  correlation_id text,
  attempts integer not null default 0,
  not_before timestamptz not null default now(),
  created_at timestamptz not null default now()
);

-- The host calls this. It checks the shape alone; `enqueue` checks the rest, and what it refuses becomes a dead letter with
-- the reason. It runs as its owner, so that a host needs the right to execute it and none on the table.
create function owlpost_enqueue(request jsonb, correlation_id text default null) returns uuid
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  kept uuid;
  problem text := case
    when jsonb_typeof(request) is distinct from 'object' then 'request: must be a JSON object'
    when octet_length(request::text) > 1048576 then 'request: must be at most 1 MiB of JSON'
    when request ? 'happened' then case
      when jsonb_typeof(request -> 'happened') <> 'string' then 'happened: must be a text'
      when jsonb_typeof(request -> 'fact') is distinct from 'object' then 'fact: must be a JSON object'
    end
    when jsonb_typeof(request -> 'type') is distinct from 'string' then 'type: must be a text'
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
$$;
revoke all on function owlpost_enqueue(jsonb, text) from public;

alter table notification_requests drop constraint notification_requests_key_source_check;
alter table notification_requests add constraint notification_requests_key_source_check
  check (key_source in ('producer', 'named', 'sqs', 'lambda', 'outbox')) not valid;
alter table notification_requests validate constraint notification_requests_key_source_check;
