"""What each zone of trust may do with which table. A table that is not named here is nobody's but the owner's.

`api`, `line` and `provider_events` are open to the internet. `work` is enqueue, delivery and the schedules; `operate` the
operator.
"""

from collections.abc import Mapping

READ = "select"
APPEND = "insert"
ADD = "select, insert"
CHANGE = "select, update"
KEEP = "select, insert, update"
REMOVE = "select, delete"
EXPIRE = "select, update, delete"
ADD_AND_REMOVE = "select, insert, delete"
ALL = "select, insert, update, delete"

GRANTS: Mapping[str, Mapping[str, str]] = {
    "api": {
        "users": KEEP,
        "preference_changes": APPEND,
        "teams": ADD,
        # Nothing of ours changes a role, or ends a membership.
        "team_members": ADD,
        "projects": CHANGE,
        "email_verification_codes": ALL,
        "sign_in_attempts": ADD_AND_REMOVE,
        "direct_mails": APPEND,
        "ended_sessions": ADD_AND_REMOVE,
        "sessions": ALL,
        "session_cutoffs": KEEP,
        "known_browsers": KEEP,
        "security_events": ADD,
        "badge_updates": KEEP,
        "team_invitations": ALL,
        "invitation_attempts": ADD_AND_REMOVE,
        "user_devices": ALL,
        "destinations": ALL,
        # A ticket opens a line; a session that ends takes its lines along.
        "lines": ALL,
        "person_writes": KEEP,
        "retired_devices": REMOVE,
        # A test of a destination is a delivery.
        "notifications": KEEP,
        "notification_deliveries": ADD,
        # What comes back to the inbox is entered for search.
        "notification_texts": ADD,
        "texts_entered": READ,
        # A mail server may say to a code or an invitation that there is no such mailbox.
        "email_suppressions": ADD,
        "erased_addresses": READ,
    },
    "provider_events": {
        "webhook_events": ADD,
        "direct_mails": CHANGE,
        "notification_deliveries": CHANGE,
        "erased_addresses": READ,
        # Telegram says who has followed a link: the chat is theirs, and nobody else's any more.
        "destinations": EXPIRE,
        # The provider's own list may free an address again.
        "email_suppressions": ALL,
    },
    "line": {
        # A ticket becomes a line, if what it was given for has not ended.
        "lines": EXPIRE,
        "users": READ,
        "ended_sessions": READ,
        "session_cutoffs": READ,
    },
    "work": {
        "users": READ,
        # The fan-out and the claim say since when a choice stands; cleanup deletes what was superseded long ago.
        "preference_changes": EXPIRE,
        "teams": READ,
        "team_members": READ,
        "projects": READ,
        "apps": READ,
        "issues": CHANGE,
        "notifications": ALL,
        "notification_deliveries": ALL,
        "notification_requests": ALL,
        "notification_request_chunks": ALL,
        "notification_outbox": EXPIRE,
        # Cleanup enters texts, and locks their table against those who write to it.
        "notification_texts": ADD_AND_REMOVE,
        "texts_entered": ALL,
        "badge_updates": ALL,
        "provider_pauses": ALL,
        "holds": ALL,
        "schedule_runs": KEEP,
        "user_devices": ALL,
        # A mail server may say that there is no such mailbox. Cleanup erases people whose account the host has deleted.
        "email_suppressions": KEEP,
        # Settling says what became of one; cleanup erases.
        "destinations": EXPIRE,
        "erased_addresses": ALL,
        # The fan-out finds pages to nudge; cleanup deletes lines that ended.
        "lines": EXPIRE,
        "session_cutoffs": REMOVE,
        "person_writes": REMOVE,
        "invitation_attempts": REMOVE,
        # Cleanup locks what it deletes, which takes the right to update.
        "retired_devices": ALL,
        "push_tallies": ALL,
        "email_verification_codes": EXPIRE,
        "sign_in_attempts": EXPIRE,
        # A role that the host changed starts a mail; cleanup deletes what is old.
        "direct_mails": ALL,
        "ended_sessions": EXPIRE,
        "team_invitations": EXPIRE,
        "webhook_events": EXPIRE,
        # A role that the host changed is recorded with its mail.
        "security_events": ALL,
        "sessions": EXPIRE,
        "known_browsers": EXPIRE,
    },
    "operate": {
        # An operator exports what there is about a person, and erases it: the account as well.
        "users": REMOVE,
        "preference_changes": REMOVE,
        "lines": REMOVE,
        "sessions": REMOVE,
        "session_cutoffs": REMOVE,
        "known_browsers": REMOVE,
        "person_writes": REMOVE,
        "team_invitations": REMOVE,
        "invitation_attempts": REMOVE,
        "email_verification_codes": REMOVE,
        "sign_in_attempts": REMOVE,
        "direct_mails": REMOVE,
        "erased_addresses": KEEP,
        "teams": READ,
        "team_members": READ,
        "user_devices": REMOVE,
        # Who connected a team's room may be erased, and the room stays.
        "destinations": EXPIRE,
        "holds": KEEP,
        # A recall takes a request back: out of the inbox, and off the icons.
        "notifications": CHANGE,
        "notification_deliveries": CHANGE,
        # What is given new words is found by those.
        "notification_texts": EXPIRE,
        "texts_entered": REMOVE,
        "notification_requests": CHANGE,
        "badge_updates": ALL,
        "notification_request_chunks": READ,
        "notification_outbox": READ,
        "email_suppressions": EXPIRE,
        "security_events": ADD,
        "operator_results": ADD,
        "schedule_runs": READ,
        "provider_pauses": READ,
        "retired_devices": REMOVE,
    },
}
