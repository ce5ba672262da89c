-- When an operator gave a sent push new words: it goes out once more, in the place of the first, although its request is recalled.
alter table notification_deliveries add column replaced_at timestamptz;
