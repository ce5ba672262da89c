"""The canary: a delivery of our own over each channel, every ten minutes, that shows whether deliveries come through.

It goes the way of everybody's: enqueue, queue, worker, provider. Its person is reserved, so nothing of it counts as people's.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from owlpost.domain.reasons import Reason
from owlpost.domain.value import dataclass

#: Whom canaries go to. No team has this person, nobody signs in as them, and an operator's `person` does not find them.
CANARY_ID = UUID("00000000-0000-7000-8000-00000000ca4a")
#: The name of the reserved person, and the producer of the requests.
NAME, PRODUCER = "Owlpost canary", "owlpost-canary"
#: The person's address where no mail is sent: one that nobody can have (RFC 2606).
NO_ADDRESS = "canary@owlpost.invalid"
EVERY = timedelta(minutes=10)
#: One that was sent before is no news: the function has not run since.
SILENT_AFTER = 2.5 * EVERY
#: What an installation sets for a canary over each channel.
VARIABLES: Mapping[str, str] = {"email": "CANARY_EMAIL", "mobile_push": "CANARY_PUSH_TOKEN"}


def channels_of(settings: Mapping[str, str]) -> tuple[str, ...]:
    """Return the channels over which these settings ask for a canary; none unless somebody chose it."""
    return tuple(channel for channel, variable in VARIABLES.items() if settings.get(variable))


class Verdict(StrEnum):
    """What became of one canary. One that an operator holds is not missed: they know."""

    THROUGH = "through"
    MISSED = "missed"
    HELD = "held"
    UNDER_WAY = "under way"
    #: None was sent for a while: the function does not run.
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """One canary over one channel. `reason` says why it has not been sent, or was not."""

    channel: str
    created_at: datetime
    status: str
    reason: str | None
    sent_at: datetime | None
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Rules:
    """A canary is through if its provider took it `within` this time after it was enqueued.

    Over the channels in `delivered`, only if the provider has also told within that time that it was delivered.
    """

    within: timedelta
    delivered: Collection[str] = ()

    def through_at(self, flight: Flight) -> datetime | None:
        """Return when it was through, None if it was not, or too late."""
        at = flight.delivered_at if flight.channel in self.delivered else flight.sent_at
        in_time = flight.status == "sent" and at is not None and at - flight.created_at <= self.within
        return at if in_time else None

    def judge(self, flight: Flight, now: datetime) -> Verdict:
        """Return what became of it so far."""
        if self.through_at(flight):
            return Verdict.THROUGH
        if flight.reason == Reason.HELD:
            return Verdict.HELD
        is_young = now - flight.created_at < self.within
        return Verdict.UNDER_WAY if is_young and flight.status in {"pending", "sent"} else Verdict.MISSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What is known of the canary over one channel: `verdict` is about the newest that is not under way.

    `last_through` is when one came through last, of those that are kept.
    """

    channel: str
    verdict: Verdict
    reason: str | None = None
    sent_at: datetime | None = None
    last_through: datetime | None = None


def sight(channel: str, flights: Sequence[Flight], rules: Rules, now: datetime) -> Sight:
    """Return what the flights over the channel say, of which the newest come first."""
    ours = [each for each in flights if each.channel == channel]
    passed = next((at for each in ours if (at := rules.through_at(each))), None)
    judged = next((each for each in ours if rules.judge(each, now) is not Verdict.UNDER_WAY), None)
    if ours and now - ours[0].created_at > SILENT_AFTER:
        return Sight(channel=channel, verdict=Verdict.SILENT, sent_at=ours[0].created_at, last_through=passed)
    if judged is None:
        return Sight(channel=channel, verdict=Verdict.UNDER_WAY, last_through=passed)
    return Sight(
        channel=channel,
        verdict=rules.judge(judged, now),
        reason=judged.reason,
        sent_at=judged.created_at,
        last_through=passed,
    )
