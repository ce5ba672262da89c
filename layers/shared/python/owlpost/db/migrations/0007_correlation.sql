-- The id by which a request is followed through the logs. Null for requests of before, and for those that Owlpost makes itself:
-- they are followed by the receipt's own id.
alter table notification_requests add column correlation_id text;
