-- The language in which a delivery was rendered: a frozen batch says the same in each attempt, also to a person who has chosen
-- another language in between. Null: English.
alter table notification_deliveries add column locale text;
