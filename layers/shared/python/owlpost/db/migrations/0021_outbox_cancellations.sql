-- A host takes a request back inside its own transaction as well.
create or replace function owlpost_enqueue(request jsonb, correlation_id text default null) returns uuid
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
$$;
