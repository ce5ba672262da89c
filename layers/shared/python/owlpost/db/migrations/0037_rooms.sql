-- A team's room is told as nobody in particular: a notification without a person, which no inbox shows. Rows before this have a
-- person each, so nothing is scanned for the check.
alter table notifications
  alter column user_id drop not null,
  add constraint notifications_room_check check (user_id is not null or not in_app) not valid;
alter table notification_requests add column rooms integer not null default 0;
-- The delivery of the last test.
alter table destinations add column test_id uuid;
