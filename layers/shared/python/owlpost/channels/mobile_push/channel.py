"""The mobile_push channel: pushes to all devices of a batch at once, to iOS by APNs and to Android by FCM."""

import asyncio
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol, TypeAlias
from uuid import UUID

from owlpost import observability
from owlpost.channels.adapter import BatchReport, ChannelAdapter, Promises
from owlpost.channels.mobile_push.apns import Apns
from owlpost.channels.mobile_push.death_guard import guard
from owlpost.channels.mobile_push.fcm import Fcm
from owlpost.channels.mobile_push.look import mark
from owlpost.channels.mobile_push.outcome import due_devices, outcome
from owlpost.channels.mobile_push.provider_state import TopicWatch, provider_state
from owlpost.channels.mobile_push.settings import apns_settings, fcm_settings
from owlpost.channels.mobile_push.verdict import Push, PushVerdict, unanswered
from owlpost.channels.per_destination import TargetOutcome
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.errors import TransientFault
from owlpost.domain.findings import Finding, note
from owlpost.domain.mass_death import Deaths, Tally
from owlpost.domain.messages import Badge, Delivery, DeliveryBatch
from owlpost.domain.reasons import Reason

CHANNEL = "mobile_push"
#: Reserved before the batch's deadline for merging the answers.
MARGIN_SECONDS = 0.25
#: The names of the providers in a BatchReport, by platform.
PROVIDER_NAMES = {credential.platform: credential.provider for credential in NOTIFICATION_CHANNELS[CHANNEL].credentials}
#: Why devices of a platform are skipped if its provider is not configured.
SKIP_REASONS = {"ios": Reason.NO_APNS_KEY, "android": Reason.NO_FCM_KEY}
WITHOUT_KEY = {
    "ios": note(
        "APNs", "no key: pushes to iOS are skipped", "Set APNS_KEY_ID, APNS_TEAM_ID and APNS_KEY_P8 to push there."
    ),
    "android": note("FCM", "no key: pushes to Android are skipped", "Set FCM_SERVICE_ACCOUNT to push there."),
}

#: The request body for one delivery, by platform.
Bodies: TypeAlias = Mapping[str, bytes]


class PushProvider(Protocol):
    """Sets the verdict of each push by `deadline`, a time of the event loop."""

    def render(self, delivery: Delivery) -> bytes: ...

    async def push(self, pushes: Sequence[Push], *, deadline: float) -> None: ...

    async def check_key(self, *, deadline: float) -> Finding: ...

    def close(self) -> None: ...


def build(section: Mapping[str, str]) -> ChannelAdapter[Bodies]:
    """Build the adapter from its section of the environment. Raises Misconfigured for an invalid value."""
    apns, fcm = apns_settings(section), fcm_settings(section)
    providers: dict[str, PushProvider] = {}
    if apns:
        providers["ios"] = Apns(apns, clock=time.time)
    if fcm:
        providers["android"] = Fcm(fcm, clock=time.time)
    return MobilePush(providers, clock=time.time)


class MobilePush:
    """Keeps one event loop and its connections for all batches of a container.

    `providers` are by platform; `clock` gives seconds since the epoch.
    """

    #: The collapse id is the notification's: a repeat takes the place of the first on the screen.
    promises = Promises("replaces")

    def __init__(self, providers: Mapping[str, PushProvider], *, clock: Callable[[], float]) -> None:
        self._providers = providers
        self._clock = clock
        self._topics = {platform: TopicWatch() for platform in providers}
        self._runner = asyncio.Runner()
        self._lock = threading.Lock()
        self.close = weakref.finalize(self, _close, self._runner, list(providers.values()))

    def render(self, delivery: Delivery) -> Bodies:
        """See ChannelAdapter. Only for the platforms of the devices that are due."""
        due = {device.platform for device in due_devices(delivery)}
        return {name: self._providers[name].render(delivery) for name in sorted(due & self._providers.keys())}

    def mark(self, content: Bodies) -> Mapping[str, object]:
        """See Marking."""
        return mark(content)

    def deliver(self, batch: DeliveryBatch, contents: Mapping[UUID, Bodies]) -> BatchReport:
        """See ChannelAdapter. Push each delivery to the devices that no earlier attempt has settled."""
        pushes = {
            delivery.id: [
                Push(delivery, device, contents[delivery.id].get(device.platform, b""))
                for device in due_devices(delivery)
            ]
            for delivery in batch.deliveries
        }
        everything = [push for group in pushes.values() for push in group]
        self._skip(everything)
        _hold(everything, batch.paused)
        if any(push.verdict is None for push in everything):
            with self._lock:  # one batch at a time: an event loop cannot be run twice at once
                self._runner.run(self._push(everything, batch.deadline))
        at = batch.at or datetime.fromtimestamp(self._clock(), UTC)
        states, deaths = self._judge(everything, batch.tallies, at)
        _report_misconfiguration(everything)
        return BatchReport(
            {delivery.id: outcome(delivery, pushes[delivery.id], at=at) for delivery in batch.deliveries},
            states,
            deaths,
        )

    def _judge(
        self, pushes: Sequence[Push], tallies: Mapping[str, Tally], now: datetime
    ) -> tuple[Mapping[str, str | None], tuple[Deaths, ...]]:
        """Doubt what a provider says of too many tokens. Return the states of the providers and the deaths: see BatchReport."""
        states: dict[str, str | None] = {}
        deaths: list[Deaths] = []
        for platform, watch in self._topics.items():
            group = [push for push in pushes if push.device.platform == platform]
            watch.judge(group)
            deaths.append(guard(platform, group, recent=tallies.get(platform, Tally()), now=now))
            if deaths[-1].doubted:
                observability.count("MassDeadTokens", len(deaths[-1].doubted), channel=CHANNEL)
                states[PROVIDER_NAMES[platform]] = Reason.MASS_DEAD_TOKENS
            elif state := provider_state(group):
                states[PROVIDER_NAMES[platform]] = state.refusal
        return states, tuple(each for each in deaths if each.tally.tried)

    def show_unread(self, badges: Sequence[Badge], *, deadline: datetime) -> int:
        """See BadgeAdapter. For iOS only, because Android counts by itself."""
        apns = self._providers.get("ios")
        if not isinstance(apns, Apns):
            return 0
        with self._lock:
            return self._runner.run(self._show_unread(apns, badges, deadline))

    def check_keys(self, *, deadline: datetime) -> list[Finding]:
        """See KeyChecker. A platform without a key is skipped, so it is no fault."""
        with self._lock:
            return self._runner.run(self._check_keys(deadline))

    async def _check_keys(self, deadline: datetime) -> list[Finding]:
        until = self._until(deadline)
        found = await asyncio.gather(*(each.check_key(deadline=until) for each in self._providers.values()))
        return [*found, *(WITHOUT_KEY[platform] for platform in WITHOUT_KEY if platform not in self._providers)]

    async def _show_unread(self, apns: Apns, badges: Sequence[Badge], deadline: datetime) -> int:
        return await apns.show_unread(badges, deadline=self._until(deadline))

    async def _push(self, pushes: Sequence[Push], deadline: datetime) -> None:
        until = self._until(deadline)
        groups = ((provider, _open(pushes, platform)) for platform, provider in self._providers.items())
        await asyncio.gather(*(provider.push(group, deadline=until) for provider, group in groups if group))

    def _until(self, deadline: datetime) -> float:
        """Return the deadline as a time of the running event loop, less the reserve."""
        return asyncio.get_running_loop().time() + deadline.timestamp() - self._clock() - MARGIN_SECONDS

    def _skip(self, pushes: Sequence[Push]) -> None:
        for push in pushes:
            platform = push.device.platform
            if platform not in self._providers:
                reason = SKIP_REASONS.get(platform, Reason.UNKNOWN_PLATFORM)
                push.verdict = PushVerdict(TargetOutcome.SKIPPED, reason)


def _open(pushes: Sequence[Push], platform: str) -> list[Push]:
    return [push for push in pushes if push.device.platform == platform and push.verdict is None]


def _hold(pushes: Sequence[Push], paused: frozenset[str]) -> None:
    """Leave the devices of a paused provider for a later attempt, which uses up none."""
    for push in pushes:
        if push.verdict is None and PROVIDER_NAMES.get(push.device.platform) in paused:
            push.verdict = unanswered(TransientFault(Reason.PROVIDER_PAUSED, counts=False))


def _report_misconfiguration(pushes: Sequence[Push]) -> None:
    reasons = [push.verdict.reason for push in pushes if push.verdict and push.verdict.misconfigured]
    if reasons:
        observability.count("PushMisconfigured", len(reasons), channel=CHANNEL)
        observability.logger().error(
            "the push provider refuses our settings", extra={"reasons": sorted(set(map(str, reasons)))}
        )


def _close(runner: asyncio.Runner, providers: Sequence[PushProvider]) -> None:
    """Drop the connections, let the event loop notice it, and close the loop."""
    for provider in providers:
        provider.close()
    runner.run(asyncio.sleep(0))
    runner.close()
