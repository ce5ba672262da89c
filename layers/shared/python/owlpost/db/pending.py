"""All deliveries that are pending, whoever they are for, by the index that is kept for this question and for no other.

Postgres counts rows by statistics of some time ago. Where hardly anything was pending then, it takes an index of all that is
pending for one page, and looks through all of it for each delivery that a statement knows by its id: in a burst to 100,000
people the claim of a hundred deliveries read 19 million entries, in 37 seconds. So the index has a condition that these words
alone meet, and who knows a delivery by its id, its batch or its notification finds it by that.
"""


def all_pending(alias: str = "d") -> str:
    """Return the condition on a delivery of this alias."""
    return f"{alias}.status = 'pending' and {alias}.queued_at > '-infinity'"
