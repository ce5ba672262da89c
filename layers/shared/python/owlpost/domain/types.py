"""The registry of notification types: labels, texts, channels and defaults are read from here and nowhere else."""

from datetime import timedelta

from pydantic import BaseModel

from owlpost.domain.channel import EVERY
from owlpost.domain.channels import DESTINATION_CHANNELS, NOTIFICATION_CHANNELS, queued_channels
from owlpost.domain.destinations import TEST_TYPE
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.type_data import IssueDigestData, JobCompletedData
from owlpost.domain.value import dataclass

#: On by default for types that nobody wants to miss. A new channel can be chosen for every type at once, and is off until a
#: person chooses it or an entry below names it.
USUAL_CHANNELS = ("in_app", "email", "mobile_push")


@dataclass(frozen=True, slots=True)
class NotificationType:
    """One type of notification.

    `offered` are those channels that a person can choose, None for every one of the registry; `default_on` are those that
    are on until the person chooses.
    A type that is not `dispatched` is refused at enqueue: its mail is sent directly, as the recipient may have no user row.
    """

    key: str
    label: str
    description: str
    default_on: tuple[str, ...]
    offered: tuple[str, ...] | None = None
    dispatched: bool = True
    #: A person cannot switch its default channels off, and it passes their pause and quiet hours.
    mandatory: bool = False
    #: A team's rooms may be told: what is about one person's own doing is for nobody else.
    for_rooms: bool = True
    #: Mail waits so long after the inbox row, and is not sent if the person has read it by then.
    email_after: timedelta = timedelta()
    #: What `data` has to hold if the type's mail has a template of its own.
    data: type[BaseModel] | None = None

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that a person can choose, in registry order."""
        if self.offered is not None:
            return self.offered
        return tuple(key for key, channel in NOTIFICATION_CHANNELS.items() if channel.for_people)

    def is_on_by_default(self, channel: str) -> bool:
        """Return whether the channel is on until the person chooses, by itself or as the one is that it takes after."""
        known = NOTIFICATION_CHANNELS.get(channel)
        like = known.defaults_like if known else None
        return channel in self.default_on or like == EVERY or like in self.default_on

    def defaults(self) -> dict[str, bool]:
        """Return each channel of this type and whether it is on by default, in registry order."""
        return {channel: self.is_on_by_default(channel) for channel in self.channels}


#: What people can send themselves a test over.
TESTED_CHANNELS = (*DESTINATION_CHANNELS, *(each.key for each in NOTIFICATION_CHANNELS.values() if each.by_device))

NOTIFICATION_TYPE_META: dict[str, NotificationType] = {
    kind.key: kind
    for kind in (
        NotificationType(
            "issue.new",
            "New issues",
            "New or regressed production issues were found by an issue scan.",
            default_on=("in_app", "mobile_push"),
        ),
        NotificationType(
            "issue.digest",
            "Issue digest",
            "A summary of open issues, per project, as often as the project's alert frequency says.",
            default_on=("email",),
            data=IssueDigestData,
        ),
        NotificationType(
            "feedback.new",
            "New feedback",
            "Somebody submitted feedback in one of your apps.",
            default_on=USUAL_CHANNELS,
        ),
        NotificationType(
            "questionnaire.response_new",
            "Questionnaire responses",
            "Somebody submitted a response to one of your questionnaires.",
            default_on=("in_app",),
        ),
        NotificationType(
            "job.completed",
            "Job completed",
            "A job that you started by hand, and asked to be told about, has finished.",
            default_on=USUAL_CHANNELS,
            for_rooms=False,
            data=JobCompletedData,
        ),
        NotificationType(
            "app.rating_changed",
            "New ratings",
            "An app's worldwide rating count grew between two syncs.",
            default_on=("in_app", "mobile_push"),
        ),
        NotificationType(
            "app.review_new",
            "New reviews",
            "New written reviews of an app were found.",
            default_on=USUAL_CHANNELS,
        ),
        NotificationType(
            "team.invitation",
            "Team invitations",
            "An invitation to join a team, mailed directly.",
            default_on=(),
            offered=(),
            dispatched=False,
        ),
        NotificationType(
            TEST_TYPE,
            "Tests of a destination",
            "A test that a person sends to one of their destinations, or to their phones, and to nothing else.",
            default_on=TESTED_CHANNELS,
            offered=TESTED_CHANNELS,
            dispatched=False,
            mandatory=True,
        ),
    )
}

#: Installations send it to themselves: see `domain.canary`. No producer may, and no person has a choice about it.
CANARY = NotificationType(
    "canary",
    "Canary",
    "Owlpost's own check that deliveries come through.",
    default_on=(),
    offered=tuple(channel.key for channel in queued_channels()),
    mandatory=True,
)

NOTIFICATION_TYPES: tuple[str, ...] = tuple(NOTIFICATION_TYPE_META)


def dispatched_type(key: str) -> NotificationType:
    """Return the type with this key. Raises InvalidRequest naming `type` if it is unknown or cannot be enqueued."""
    kind = NOTIFICATION_TYPE_META.get(key)
    if kind is None:
        raise InvalidRequest("type", "is not a known notification type")
    if not kind.dispatched:
        raise InvalidRequest("type", f"{key} is mailed directly and cannot be enqueued")
    return kind


def stored_type(key: str) -> NotificationType:
    """Return the type of a request that is checked already, the canary among them. Raises as `dispatched_type` does."""
    return CANARY if key == CANARY.key else dispatched_type(key)


def stored_types() -> tuple[NotificationType, ...]:
    """Return every type that a delivery may have."""
    return (*NOTIFICATION_TYPE_META.values(), CANARY)


def configurable_types() -> tuple[NotificationType, ...]:
    """Return the types that people choose channels for, in registry order."""
    return tuple(kind for kind in NOTIFICATION_TYPE_META.values() if kind.dispatched)
