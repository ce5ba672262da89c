"""Channels by destination in a run: whom they reach, and whether each was told, and how often.

What a channel needs is taken from the suite that every channel passes: a new one is in the run by naming itself there.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from owlpost.channels.adapter import NO_PROMISES, Promising
from owlpost.db.session import Database
from owlpost.domain.channels import DESTINATION_CHANNELS
from owlpost.domain.optional_channels import OPTIONAL_CHANNELS
from owlpost.domain.reasons import Reason
from tests.channels import conformance
from tests.channels.conformance import Conformance
from tests.chaos.balance import Delivery
from tests.support.optional_channels import switched_on
from tests.support.people import Person

if TYPE_CHECKING:
    from infra.local.providers.server import Providers

CHANNELS = tuple(each for each in conformance.CHANNELS if each.key in DESTINATION_CHANNELS)
#: One in so many people has a destination over each of them.
ONE_IN = 3
#: With one of these an attempt leaves nothing that tells whether the provider took it.
IN_DOUBT = ("failed", str(Reason.OUTCOME_UNKNOWN))


def all_on() -> AbstractContextManager[None]:
    """Have every channel that we ship in the registry of this process for a while."""
    return switched_on(*OPTIONAL_CHANNELS)


def environment(providers: object) -> dict[str, str]:
    """Return the settings by which an installation has these channels, with the fakes as their providers."""
    settings = {"CHANNELS": ",".join(OPTIONAL_CHANNELS)}
    for each in CHANNELS:
        settings |= each.section(cast("Providers", providers))
    return settings


def move_in(database: Database, providers: object, people: Iterable[UUID]) -> None:
    """Give one in three people a destination over each of the channels."""
    reached = [Person(id=person, email=f"{person.hex}@people.example") for person in list(people)[::ONE_IN]]
    with database.transaction() as connection:
        for person in reached:
            for each in CHANNELS:
                each.reach(connection, cast("Providers", providers), person)


def misdelivered(
    deliveries: Sequence[Delivery], ledger: Sequence[Mapping[str, Any]], settings: Mapping[str, str]
) -> Iterator[str]:
    """Deliveries over these channels that were lost, or accepted more often than the channel promises."""
    for channel in CHANNELS:
        # a browser is told which notification it is, and not which delivery
        accepted = Counter(
            row["delivery_id"] or row["notification_id"] for row in ledger if row["channel"] == channel.key
        )
        parts: defaultdict[UUID, list[Delivery]] = defaultdict(list)
        for each in deliveries:
            if each.channel == channel.key:
                parts[each.told_as].append(each)
        if not parts:
            yield f"{channel.key}: nobody was told"
        repeat = _repeat(channel, settings)  # once: to build an adapter reads the authorities that it trusts
        for whole in parts.values():
            # a set: the id of a delivery may be that of its notification
            times = sum(accepted[str(id_)] for id_ in {whole[0].told_as, *(each.id for each in whole)})
            yield from judged(repeat, whole, times)


def judged(repeat: str, whole: Sequence[Delivery], times: int) -> Iterator[str]:
    """Yield what is wrong with deliveries that go out as one, and that were accepted so many times."""
    first = whole[0]
    ended = {(each.status, each.error) for each in whole}
    if times > 1 and repeat != "replaces":
        yield f"{first.channel} {first.id} of {len(whole)} deliveries: accepted {times} times, tried {first.attempts}"
    if repeat == "twice" and ended == {IN_DOUBT}:
        return
    if ended != {("sent", None)} or not times:
        yield f"{first.channel} {first.id}: {sorted(map(str, ended))}, accepted {times} times"


def _repeat(channel: Conformance, settings: Mapping[str, str]) -> str:
    """Return what the channel's adapter promises of a repeated call."""
    adapter = import_module(str(OPTIONAL_CHANNELS[channel.key].adapter)).build(settings)
    promises = adapter.promises if isinstance(adapter, Promising) else NO_PROMISES
    return promises.repeat
