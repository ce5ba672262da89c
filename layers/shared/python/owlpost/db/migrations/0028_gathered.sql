-- What waited for the end of the same quiet hours goes out as one. `gathered_in` is the notification that the one is known by to
-- the provider: the first of them. It stays, so that a repeat takes the place of the first try.
alter table notification_deliveries add column gathered_in uuid;
create index notification_deliveries_gathered_idx on notification_deliveries (gathered_in)
  where gathered_in is not null;
