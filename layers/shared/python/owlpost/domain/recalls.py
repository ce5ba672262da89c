"""What a recall answers, to an operator and to a producer."""

from pydantic import BaseModel, ConfigDict


class RecallResult(BaseModel):
    """What became of a recall, with counts of deliveries by channel.

    `already_out` counts those that were sent, or that a provider may have accepted. `inbox` counts the rows that left the
    inbox, `already_read` those that had been read there.
    """

    model_config = ConfigDict(defer_build=True)

    requests: int
    stopped: dict[str, int]
    already_out: dict[str, int]
    already_read: int
    inbox: int
    dry_run: bool = False


class ReplaceResult(RecallResult):
    """What became of a recall that gives new words: `inbox` counts the rows that show them instead of leaving the inbox.

    `replaced` counts by channel what was sent and goes out once more, in the place of the first.
    """

    replaced: dict[str, int]
