"""A message as Slack got it: see `channels.looks`."""

import json
from collections.abc import Mapping

from owlpost.channels.chat_text import Wording
from owlpost.channels.looks import MARK, Look, fingerprint
from owlpost.channels.slack.message import Message, content
from owlpost.domain.messages import Delivery


def mark(made: Message) -> Mapping[str, object]:
    """Return the fingerprint of the message."""
    return {"body": fingerprint(json.dumps(made))}


def look(delivery: Delivery, section: Mapping[str, str]) -> Look:
    """See Looking. Where it went is not shown."""
    made = content(delivery, Wording.from_section(section))
    kept = delivery.metadata.get(MARK)
    if not isinstance(kept, dict):
        return Look({"message": made}, as_sent=None)
    return Look({"message": made}, as_sent=True) if mark(made) == kept else Look({}, as_sent=False)
