"""What cleanup deletes, a bounded batch at a time: each statement locks little and ends soon, whatever has piled up.

The ids are an array, which Postgres reads once. As `id in (select … limit …)` they may be a loop's inner side, read again for
each row and each time with other ids, so that the limit does not hold.
"""

from sqlalchemy import text

#: Read long ago, or never read for longer still: out of the inbox.
SOFT_DELETE_READ_NOTIFICATIONS = text("""
    update notifications set deleted_at = :now
    where id = any(array(
      select id from notifications
      where deleted_at is null and read_at is not null and read_at < :before
      limit :limit for update skip locked
    ))
""")
SOFT_DELETE_UNREAD_NOTIFICATIONS = text("""
    update notifications set deleted_at = :now
    where id = any(array(
      select id from notifications
      where deleted_at is null and read_at is null and created_at < :before
      limit :limit for update skip locked
    ))
""")
#: Out of the inbox long ago: gone, and the deliveries with them.
DELETE_NOTIFICATIONS = text("""
    delete from notifications
    where id = any(array(
      select id from notifications where deleted_at < :before limit :limit for update skip locked
    ))
""")
#: Receipts of requests that are wholly written; one with chunks to come is still at work.
DELETE_RECEIPTS = text("""
    delete from notification_requests
    where id = any(array(
      select id from notification_requests
      where created_at < :before and unfinished is null
      limit :limit for update skip locked
    ))
""")
DELETE_VERIFICATION_CODES = text("""
    delete from email_verification_codes
    where id = any(array(
      select id from email_verification_codes where created_at < :before limit :limit for update skip locked
    ))
""")
DELETE_INVITATIONS = text("""
    delete from team_invitations
    where id = any(array(
      select id from team_invitations
      where accepted_at is null and expires_at < :before
      limit :limit for update skip locked
    ))
""")
DELETE_WEBHOOK_EVENTS = text("""
    delete from webhook_events
    where id = any(array(
      select id from webhook_events where received_at < :before limit :limit for update skip locked
    ))
""")
