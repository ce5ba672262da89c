-- The index of all that is pending, for whoever asks for all of it, in these words: see `db.pending`. While `status = 'pending'`
-- was enough, a claim of a hundred deliveries took it where statistics knew of no burst, and read all of it a hundred times.
drop index notification_deliveries_pending_idx;
create index notification_deliveries_pending_idx on notification_deliveries (queued_at)
  where status = 'pending' and queued_at > '-infinity';
