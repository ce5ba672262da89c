-- When, and whether: holds, recalls, requests for later, and a person's own times. `db.judgement` reads all of it in the fan-out
-- and in the claim.

-- An operator's hold stops the deliveries that match each column that is not null. It ends at `until`, or when it is let go.
create table holds (
  id uuid primary key default owlpost_uuid7(),
  channel text,
  type text,
  producer text,
  team_id uuid,
  request_id uuid,
  reason text not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  until timestamptz,
  ended_at timestamptz,
  ended_by text
);
create index holds_open_idx on holds (created_at) where ended_at is null;

alter table notification_requests
  add column not_before timestamptz,
  add column recalled_at timestamptz;

-- `waits_for` is the rule that a pending delivery waits by: until `next_attempt_at`, or with `held` until a hold ends. Age counts
-- from `allowed_at`, the last moment at which a wait was over.
alter table notification_deliveries
  add column waits_for text,
  add column allowed_at timestamptz;
create index notification_deliveries_waiting_idx on notification_deliveries (waits_for, next_attempt_at)
  where status = 'pending' and waits_for is not null;

-- The time in a JSON value, null if it holds none. The same as `domain.moments.moment`, for any value of the host's column.
create function owlpost_moment(value jsonb) returns timestamptz
  language plpgsql stable parallel safe as $body$
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
$body$;

-- When the quiet hours end that `at` is in, null outside of them. The same as `domain.moments.QuietHours.until`.
create function owlpost_quiet_until(quiet jsonb, at timestamptz) returns timestamptz
  language plpgsql stable parallel safe as $body$
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
$body$;
