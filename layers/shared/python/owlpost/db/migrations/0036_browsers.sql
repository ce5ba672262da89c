-- A browser is told until its session ends: who signs it out, here or from elsewhere, has it told nothing more.
alter table destinations add column session_id text;
create index destinations_session on destinations (session_id) where session_id is not null;
-- Cleanup drops browsers that were not seen for long.
create index destinations_unseen on destinations (last_seen_at) where kind = 'subscription';
