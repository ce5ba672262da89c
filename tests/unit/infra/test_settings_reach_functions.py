"""What an operator may set reaches the functions that read it, from the installation's settings to their environment."""

from collections.abc import Iterator, Mapping
from inspect import getmembers

import pytest

from infra.aws.configuration import Configuration
from infra.environment import function_environment
from infra.topology.canary import whole
from infra.topology.plan import topology
from owlpost.domain.channels import queued_with
from owlpost.domain.errors import Misconfigured
from owlpost.domain.optional_channels import OPTIONAL_CHANNELS
from owlpost.settings import Settings

TOPOLOGY = whole()
#: The canary mails nobody of its failures.
SCHEDULED = tuple(schedule.function for schedule in topology().schedules)
#: By the beginning of the variable's name: the functions that read it.
READERS = {
    "BRAND_": ("dashboard", "api", "deliver-email", "alert", "operate", "sweep"),
    "RETENTION_": ("cleanup", "audit", "operate"),
    "DISPATCH_": ("enqueue", "digest", "canary"),
    "BRAKE_": ("enqueue", "digest", "operate", "canary"),
    "CANARY_": ("canary", "operate", "provider_events"),
    "OUTBOX_": ("sweep",),
    "DIGEST_": ("digest",),
    "METRICS_": (
        "enqueue",
        "digest",
        "canary",
        *(f"deliver-{channel.key}" for channel in queued_with(OPTIONAL_CHANNELS)),
    ),
    "EMBED_": ("api", "dashboard"),
    "BADGE_": ("api", "cleanup", "enqueue", "digest", "operate", "canary"),
    "SIGN_IN_": ("api",),
    "HOST_JWT_": ("api",),
    "GUEST_": (
        "api",
        "alert",
        "operate",
        *SCHEDULED,
        *(f"deliver-{channel.key}" for channel in queued_with(OPTIONAL_CHANNELS)),
    ),
    "SYSTEM_JOBS_": ("alert", *SCHEDULED),
    "WEB_URL": ("api", "alert", "deliver-email", "operate", *SCHEDULED),
    "EMAIL_": ("api", "alert", "deliver-email", *SCHEDULED),
    "APNS_": ("deliver-mobile_push",),
    "FCM_": ("deliver-mobile_push",),
    "LOG_LEVEL": tuple(function.name for function in TOPOLOGY.functions),
    "CHANNELS": tuple(function.name for function in TOPOLOGY.functions),
}
#: What the stack decides, and what is a secret: neither is for an operator to set as a plain variable.
NOT_SET_BY_HAND = (
    "DATABASE_",
    "DELIVERY_",
    "SECRET_NAMES",
    "CREDENTIALS_",
    "LINE_",
    "JWT_",
    "RESEND_WEBHOOK_",
    "DESTINATION_KEYS",
)


class Asked(Mapping[str, str]):
    """An environment that remembers which variables were asked for."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def known() -> set[str]:
    """Every variable that a section of the settings asks for."""
    asked = Asked()
    settings = Settings(asked)
    for name, member in getmembers(Settings):
        if isinstance(member, property):
            try:
                getattr(settings, name)
            except Misconfigured:
                continue  # it wants what is not set: asked for all the same
    return asked.names


@pytest.mark.parametrize(
    ("beginning", "reader"), [(name, each) for name, readers in READERS.items() for each in readers]
)
def test_a_setting_reaches_the_function_that_reads_it(beginning: str, reader: str) -> None:
    variable = beginning + "ANYTHING" if beginning.endswith("_") else beginning
    seen = function_environment(TOPOLOGY.function(reader), shared={}, queue_urls={}, settings={variable: "7"})
    assert seen[variable] == "7"


def test_every_section_of_the_settings_is_set_by_an_operator_or_by_the_stack() -> None:
    unknown = {name for name in known() if not name.startswith((*READERS, *NOT_SET_BY_HAND))}
    assert unknown == set()
    assert {"RETENTION_READ_DAYS", "DISPATCH_CHUNK_SIZE", "SIGN_IN_PER_IP"} <= known()


def test_what_a_channel_may_see_reaches_its_worker() -> None:
    for channel in queued_with(OPTIONAL_CHANNELS):
        assert set(channel.settings) <= set(TOPOLOGY.function(f"deliver-{channel.key}").settings)


@pytest.mark.parametrize(
    "beginning",
    [
        "RETENTION_",
        "METRICS_",
        "OUTBOX_",
        "DISPATCH_",
        "BADGE_",
        "SIGN_IN_",
        "HOST_JWT_",
        "GUEST_",
        "SYSTEM_JOBS_",
        "CANARY_",
    ],
)
def test_a_setting_reaches_nobody_else(beginning: str) -> None:
    settings = {f"{beginning}ANYTHING": "7"}
    seen = {
        function.name
        for function in TOPOLOGY.functions
        if settings.items() <= function_environment(function, shared={}, queue_urls={}, settings=settings).items()
    }
    assert seen == set(READERS[beginning])


def test_retention_is_said_by_name_and_left_out_where_it_is_the_default() -> None:
    assert Configuration.from_context({"retention": {"unread_days": 60}}).variables == {"RETENTION_UNREAD_DAYS": "60"}
    assert Configuration().variables == {}
