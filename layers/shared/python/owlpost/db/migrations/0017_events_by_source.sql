-- Finds whether a source has an event of a kind already: what a limit refuses is recorded once an hour.
create index security_events_source_hash_idx on security_events (source_hash, created_at);
