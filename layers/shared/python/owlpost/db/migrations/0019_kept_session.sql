-- The session that ended all others: it stays valid though it started before the moment. Null if none was kept.
alter table session_cutoffs add column kept_session text;
