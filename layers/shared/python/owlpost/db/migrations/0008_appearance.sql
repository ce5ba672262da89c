-- Which transaction made an inbox row appear. "Mark all up to what I saw" compares it with the snapshot of the list: a row that
-- was committed later stays unread, whatever its created_at says. Rows from before this migration have none and count as seen.
-- The column is added without a default first, so that the table is not rewritten.
alter table notifications add column appeared xid8;
alter table notifications alter column appeared set default pg_current_xact_id();
