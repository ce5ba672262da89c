-- Times in which a provider refused our key, topic or account. While one is open, deliveries that only this provider could
-- make wait: the claim statement leaves them alone, but for one probe a minute. Closed ones are kept for a while, as the time
-- in them does not count towards the age of a delivery.
create table provider_pauses (
  id bigint generated always as identity primary key,
  channel text not null,
  provider text not null,
  reason text not null,
  opened_at timestamptz not null,
  probe_at timestamptz not null,
  closed_at timestamptz
);
create unique index provider_pauses_open_idx on provider_pauses (channel, provider) where closed_at is null;
