"""What a recall answers, to an operator and to a producer."""

from pydantic import BaseModel


class RecallResult(BaseModel):
    """What became of a recall, with counts of deliveries by channel.

    `already_out` counts those that were sent, or that a provider may have accepted. `inbox` counts the rows that left the
    inbox, `already_read` those that had been read there.
    """

    requests: int
    stopped: dict[str, int]
    already_out: dict[str, int]
    already_read: int
    inbox: int
    dry_run: bool = False
