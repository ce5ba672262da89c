-- What a person has done with leaves the inbox, as a row that never was in it: `in_app` is false. `done_at` says that it can come
-- back, so no index of the inbox grows or is built anew, and code from before this column leaves such rows out, too.
alter table notifications add column done_at timestamptz;
-- A row that is snoozed has the time of its return in `created_at`, which the inbox already waits for and sorts by. Here is when
-- it came first.
alter table notifications add column snoozed_from timestamptz;

create index notifications_done_idx on notifications (user_id, done_at desc, id desc)
  where done_at is not null and deleted_at is null;
