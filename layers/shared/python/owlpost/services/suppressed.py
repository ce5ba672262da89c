"""Logs and metrics of addresses that are suppressed."""

from owlpost.domain.mail_events import BOUNCED
from owlpost.observability import count, logger


def record_suppressed(channel: str, addresses: int) -> None:
    """Log and count addresses that get no more mail, as their server said that there is no such mailbox."""
    if addresses:
        logger().info("suppressed", extra={"reason": BOUNCED, "addresses": addresses})
        count("Suppressed", addresses, channel=channel)
