-- The owner of a destination that has died is mailed once. When the mail is due, written with the death itself, and since when one
-- is under way, whose outcome nobody may have recorded. Both mean something of a dead one alone.
alter table destinations add column death_mail_due_at timestamptz, add column death_mail_begun_at timestamptz;
create index destinations_death_mail on destinations (death_mail_due_at) where state = 'dead' and death_mail_due_at is not null;
