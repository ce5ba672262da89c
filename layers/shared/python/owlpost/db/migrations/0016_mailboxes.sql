-- One mailbox has one spelling here, with an international domain in its xn-- form. The host may store the domain in Unicode:
-- this column finds such an account. Null if the mailbox has no other spelling.
alter table email_suppressions add column unicode_address text;
create index email_suppressions_unicode_address_idx on email_suppressions (unicode_address)
  where unicode_address is not null;
