-- What a provider reports of a code or an invitation that it accepted: it is found by the provider's id, as it bears no delivery's.
alter table direct_mails add column provider_events jsonb not null default '{}';
create index direct_mails_provider_id_idx on direct_mails (provider_id) where provider_id is not null;
