"""A delivery is recorded without those of a provider's words that cannot be stored, and its neighbours are whole."""

from collections.abc import Callable

import pytest

from owlpost.domain.errors import TransientFault
from owlpost.domain.messages import Delivery
from owlpost.domain.outcomes import Failed, Outcome, Retry, Sent
from owlpost.services.delivery.settlement import Done, Postpone
from tests.support.log_reading import logged
from tests.support.stage import Stage

#: NUL is valid JSON and no text of Postgres; a lone surrogate cannot even be encoded for it.
HOSTILE = ["\x00", "\ud800"]


def one_hostile(stage: Stage, outcome: Callable[[str], Outcome], hostile: str) -> list[dict[str, object]]:
    """Deliver to five people; the provider's answer about the third holds hostile text. Return the rows."""
    ids = stage.tell(5)

    def answer(delivery: Delivery) -> Outcome:
        return outcome(hostile) if delivery.id == ids[2] else Sent({"provider_id": "1"})

    stage.adapter.script = answer
    fates = stage.deliver(ids)
    assert all(isinstance(fate, Done | Postpone) for fate in fates.values())
    return [stage.row(each) for each in ids]


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
@pytest.mark.parametrize(
    "outcome",
    [
        lambda text: Sent({"provider_id": text}),
        lambda text: Failed("validation_error", {"message": text}),
        Failed,
    ],
    ids=["accepted", "refused", "refused for a hostile reason"],
)
def test_one_row_that_cannot_be_stored_keeps_its_status_and_loses_its_words(
    stage: Stage, outcome: Callable[[str], Outcome], hostile: str
) -> None:
    with logged() as log:
        rows = one_hostile(stage, outcome, hostile)
    third = rows.pop(2)
    assert third["status"] == ("sent" if isinstance(outcome(""), Sent) else "failed")
    assert third["lease_id"] is None
    assert [row["status"] for row in rows] == ["sent"] * 4
    assert [row["attempt_metadata"]["provider_id"] for row in rows] == ["1"] * 4  # type: ignore[index]
    assert log.one("settled one by one")["deliveries"] == 5


def test_the_next_batch_is_settled_in_one_statement_again(stage: Stage) -> None:
    one_hostile(stage, lambda text: Sent({"provider_id": text}), "\ud800")
    ids = stage.tell(3)
    stage.adapter.script = lambda _delivery: Sent()
    with logged() as log:
        stage.deliver(ids)
    assert [line["message"] for line in log.lines] == ["settled"]


def test_a_hostile_retry_is_tried_again(stage: Stage) -> None:
    rows = one_hostile(stage, lambda text: Retry(TransientFault("unavailable"), {"message": text}), "\x00")
    assert [row["status"] for row in rows] == ["sent", "sent", "pending", "sent", "sent"]
