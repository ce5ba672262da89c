-- When a pause ends, the deliveries that waited for it are queued again at a bounded rate. While that is under way, `released_to`
-- is the time up to which they are due, and `released_after` the last of them; both are null at all other times.
alter table provider_pauses add column released_to timestamptz;
alter table provider_pauses add column released_after uuid;
create index provider_pauses_releasing_idx on provider_pauses (channel) where released_to is not null;
-- The time in which a provider was paused does not count towards a delivery's age: each claim adds up the pauses in its life.
create index provider_pauses_closed_at_idx on provider_pauses (channel, closed_at);
