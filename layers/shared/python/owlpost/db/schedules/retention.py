"""Delete rows that are past their retention, a bounded batch at a time: each statement locks little and ends soon.

The ids are an array, which Postgres reads once. As `id in (select … limit …)` they may be a loop's inner side, read again for
each row and each time with other ids, so that the limit does not hold.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.domain.canary import CANARY_ID, PRODUCER
from owlpost.domain.types import CANARY

#: Read long ago, or unread for even longer: these rows leave the inbox.
SOFT_DELETE_READ_NOTIFICATIONS = text("""
    update notifications set deleted_at = :now
    where id = any(array(
      select id from notifications
      where deleted_at is null and read_at is not null and read_at < :before
      limit :limit for update skip locked
    ))
""")
#: Fewer rows are unread then, so the icons of those people are to follow: their requests are recorded here.
SOFT_DELETE_UNREAD_NOTIFICATIONS = text("""
    with deleted as (
      update notifications set deleted_at = :now
      where id = any(array(
        select id from notifications
        where deleted_at is null and read_at is null and created_at < :before
        limit :limit for update skip locked
      ))
      returning user_id, in_app
    ),
    requested as (
      insert into badge_updates (user_id, queued_at)
      select distinct d.user_id, cast(:now as timestamptz)
      from deleted d
      where d.in_app and exists (
        select from user_devices v where v.user_id = d.user_id and v.channel = 'mobile_push' and v.platform = 'ios'
      )
      on conflict (user_id) do update set queued_at = excluded.queued_at
      returning user_id
    )
    select (select count(*) from deleted) as deleted, (select string_agg(cast(user_id as text), ',') from requested) as users
""")
#: Browsers that nobody has opened a page with for long. Apple may take pushes to a removed subscription for ever (WebKit bug
#: 249766), so that nothing else would tell.
DELETE_UNSEEN_BROWSERS = text("""
    delete from destinations
    where id = any(array(
      select id from destinations
      where kind = 'subscription' and last_seen_at < :before
      limit :limit for update skip locked
    ))
""")
#: Out of the inbox long ago: deleted, together with their deliveries.
DELETE_NOTIFICATIONS = text("""
    delete from notifications
    where id = any(array(
      select id from notifications where deleted_at < :before limit :limit for update skip locked
    ))
""")
#: Receipts of requests that are completely written; a receipt with unwritten chunks is still needed.
DELETE_RECEIPTS = text("""
    delete from notification_requests
    where id = any(array(
      select id from notification_requests
      where created_at < :before and unfinished is null
      limit :limit for update skip locked
    ))
""")
#: Canaries, with their deliveries, and their receipts first: an audit that looks in between misses nothing.
DELETE_CANARIES = text(f"""
    delete from notifications
    where id = any(array(
      select id from notifications
      where user_id = '{CANARY_ID}' and not in_app and created_at < :before
      limit :limit for update skip locked
    ))
""")
DELETE_CANARY_RECEIPTS = text(f"""
    delete from notification_requests
    where id = any(array(
      select id from notification_requests
      where coalesce(producer, '') = '{PRODUCER}' and type = '{CANARY.key}' and created_at < :before
      limit :limit for update skip locked
    ))
""")
DELETE_VERIFICATION_CODES = text("""
    delete from email_verification_codes
    where id = any(array(
      select id from email_verification_codes where created_at < :before limit :limit for update skip locked
    ))
""")
DELETE_DIRECT_MAILS = text("""
    delete from direct_mails
    where id = any(array(
      select id from direct_mails where created_at < :before limit :limit for update skip locked
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
#: Dead devices that nobody raised, and the tallies of the guard against mass death.
DELETE_RETIRED_DEVICES = text("""
    delete from retired_devices
    where id = any(array(
      select id from retired_devices where retired_at < :before limit :limit for update skip locked
    ))
""")
DELETE_PUSH_TALLIES = text("""
    delete from push_tallies
    where id = any(array(
      select id from push_tallies where at < :before limit :limit for update skip locked
    ))
""")
DELETE_WEBHOOK_EVENTS = text("""
    delete from webhook_events
    where id = any(array(
      select id from webhook_events where received_at < :before limit :limit for update skip locked
    ))
""")


def soft_delete_unread(
    connection: Connection, *, before: datetime, now: datetime, limit: int
) -> tuple[int, Sequence[UUID]]:
    """Return the number of rows that left the inbox, and the people whose icons must be updated."""
    row = connection.execute(SOFT_DELETE_UNREAD_NOTIFICATIONS, {"before": before, "now": now, "limit": limit}).one()
    return row.deleted, [UUID(user_id) for user_id in (row.users or "").split(",") if user_id]


#: What a person chose and changed again long ago. The choice that stands is kept, so that its time can be told.
DELETE_PREFERENCE_CHANGES = text("""
    delete from preference_changes
    where id = any(array(
      select c.id from preference_changes c
      where c.at < :before and exists (
        select from preference_changes newer where newer.user_id = c.user_id and newer.path = c.path and newer.at > c.at
      )
      limit :limit for update of c skip locked
    ))
""")
#: Holds that were let go, or ended by themselves.
DELETE_ENDED_HOLDS = text("""
    delete from holds
    where id = any(array(
      select id from holds where coalesce(ended_at, until) < :before limit :limit for update skip locked
    ))
""")
DELETE_SECURITY_EVENTS = text("""
    delete from security_events
    where id = any(array(
      select id from security_events where created_at < :before limit :limit for update skip locked
    ))
""")
#: Lines and tickets that ended without a word.
DELETE_LINES = text("""
    delete from lines
    where id = any(array(
      select id from lines where ends_at < :before limit :limit for update skip locked
    ))
""")
DELETE_SESSIONS = text("""
    delete from sessions
    where id = any(array(
      select id from sessions where started_at < :before limit :limit for update skip locked
    ))
""")
DELETE_KNOWN_BROWSERS = text("""
    delete from known_browsers
    where ctid = any(array(
      select ctid from known_browsers where last_used_at < :before limit :limit for update skip locked
    ))
""")
#: Invitations whose inviter has left the team, or may no longer invite to this role.
WITHDRAW_INVITATIONS = text("""
    delete from team_invitations
    where id = any(array(
      select i.id from team_invitations i
      where i.accepted_at is null and not exists (
        select from team_members m
        where m.team_id = i.team_id and m.user_id = i.invited_by_user_id
          and (m.role = 'owner' or m.role = 'admin' and i.role <> 'owner')
      )
      limit :limit for update skip locked
    ))
""")
