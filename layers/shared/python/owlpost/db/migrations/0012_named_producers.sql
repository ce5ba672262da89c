-- A producer that gives its name has idempotency keys of its own, per notification type. They are stored as `NAME TYPE KEY`
-- under the source `named`: neither a name nor a type has a space, so no two keys meet, and the unique index stays as it is.
-- Keys that were stored before keep their source, and so their meaning.
alter table notification_requests add column producer text;
alter table notification_requests drop constraint notification_requests_key_source_check;
alter table notification_requests add constraint notification_requests_key_source_check
  check (key_source in ('producer', 'named', 'sqs', 'lambda')) not valid;
alter table notification_requests validate constraint notification_requests_key_source_check;
