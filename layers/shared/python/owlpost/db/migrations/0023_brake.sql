-- The brake: what one producer sends beyond its limit is held by a row of its own in `holds`, which an operator lets go.

-- A hold of the brake stops the requests that name it, and no others.
alter table holds add column by_brake boolean not null default false;
-- One open hold of the brake for each producer, however many requests arrive at once. Those without a name are one producer.
create unique index holds_brake_idx on holds (coalesce(producer, '')) where by_brake and ended_at is null;

alter table notification_requests add column brake_id uuid;
-- What a producer sent within the last minute.
create index notification_requests_producer_idx on notification_requests (coalesce(producer, ''), created_at);

-- What a person was told that the inbox does not show: the other half is in `notifications_inbox_idx`.
create index notifications_elsewhere_idx on notifications (user_id, created_at) where not in_app or deleted_at is not null;
