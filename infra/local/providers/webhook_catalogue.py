"""Resend's webhook events: the members that each kind adds to those of a mail.

Sources: resend.com/docs/webhooks/emails/* and webhooks/suppressions/*, the types of resend-node (suppression: pull request
1031) and resend-python.
"""

from collections.abc import Mapping
from typing import Any

#: What `data` has in every event about a mail. `tags` is absent for a mail without tags.
OF_A_MAIL = frozenset({"created_at", "email_id", "message_id", "from", "to", "subject", "tags"})

#: By kind: the members beside those of a mail. `diagnosticCode` is a list of SMTP lines.
MAIL_EVENTS: dict[str, Mapping[str, Any]] = {
    "email.sent": {},
    "email.scheduled": {},
    "email.opened": {},
    "email.clicked": {
        "click": {
            "ipAddress": "192.0.2.1",
            "link": "https://owlmetry.com",
            "timestamp": "2026-11-22T23:41:12.126Z",
            "userAgent": "Mozilla/5.0",
        }
    },
    "email.delivered": {},
    "email.delivery_delayed": {},
    "email.bounced": {
        "bounce": {
            "type": "Permanent",
            "subType": "General",
            "message": "The recipient's mail server permanently rejected the mail.",
            "diagnosticCode": ["smtp; 550 5.5.0 Requested action not taken: mailbox unavailable"],
        }
    },
    "email.complained": {},
    "email.suppressed": {
        "suppressed": {
            "message": "The address is on the suppression list of this account.",
            "type": "OnAccountSuppressionList",
        }
    },
    "email.failed": {"failed": {"reason": "reached_daily_quota"}},
}

#: Events about an address; `source_id` is null if the origin is manual.
ADDRESS_EVENTS: dict[str, Mapping[str, Any]] = {
    "suppression.added": {"origin": "bounce"},
    "suppression.removed": {"origin": "manual", "source_id": None},
}
