"""What the user decides for a laptop: settings from the environment or a file, and providers to go without."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from importlib import import_module

from infra.environment import settable
from infra.local.laptop.instance import CannotStart
from infra.local.sqs.program import MINISTACK, PROGRAMS, Program
from infra.topology.model import Topology
from infra.topology.plan import topology
from owlpost.domain.channel import Credential
from owlpost.domain.channels import credentials, queued_channels, switch_on
from owlpost.domain.errors import Misconfigured
from owlpost.settings import Settings
from owlpost.settings_sections import SECTIONS, DatabaseSettings, DeliverySettings, LineSettings

#: Variables that a laptop sets and the user may set otherwise. It keeps its other ones: they lead to the fake providers.
CHANGEABLE = frozenset(
    {
        "EMAIL_FROM",
        "LOG_LEVEL",
        "RESEND_CALLS_PER_SECOND",
        "SIGN_IN_PER_IP",
        "SYSTEM_JOBS_ALERT_EMAIL",
        "WEBHOOK_INSIDE",
        "TELEGRAM_BASE_URL",
        "TELEGRAM_BOT_TOKEN",
        "TELEGRAM_NAME",
        "WEB_PUSH_HOSTS",
        "WEB_PUSH_SUBJECT",
    }
)

#: Sections that no user sets: the topology and the laptop's Postgres decide.
BY_TOPOLOGY = (DatabaseSettings, DeliverySettings, LineSettings)


#: Chooses the emulator of SQS, which a laptop starts: no function gets it.
SQS_EMULATOR = "OWLPOST_SQS_EMULATOR"
#: `off`: pages hold no lines, as in an installation that has not chosen them.
LINES = "OWLPOST_LINES"


@dataclass(frozen=True, slots=True)
class Given:
    """`variables` are the user's, of which those count that the topology lists; `without` names providers without a key."""

    variables: Mapping[str, str] = field(default_factory=dict)
    without: frozenset[str] = field(default_factory=frozenset)

    def switch_on(self) -> None:
        """Take the optional channels that CHANNELS names into this process' registry. Raises CannotStart for another name."""
        try:
            switch_on(Settings(self.variables).installation.channels)
        except Misconfigured as error:
            raise CannotStart(str(error)) from None

    def settings(self, own: Mapping[str, str], plan: Topology | None = None) -> dict[str, str]:
        """Return all settings of the laptop, whose `own` win but for those that may be changed.

        Raises CannotStart if a value makes no sense: each function would fail of it, one after the other.
        """
        listed = settable(plan or topology())
        kept = own.keys() - CHANGEABLE
        chosen = {name: value for name, value in self.variables.items() if name.startswith(listed) and name not in kept}
        absent = {name for credential in self.missing for name in credential.variables}
        settings = {name: value for name, value in {**own, **chosen}.items() if name not in absent}
        _check(settings, chosen)
        return settings

    def unused(self, own: Mapping[str, str]) -> list[str]:
        """Return the names of the user's variables that the laptop has values of its own for."""
        return sorted(self.variables.keys() & own.keys() - CHANGEABLE)

    @property
    def sqs(self) -> Program:
        """Return the emulator of SQS that was chosen. Raises CannotStart if there is none of that name."""
        name = self.variables.get(SQS_EMULATOR) or MINISTACK.name
        if name not in PROGRAMS:
            raise CannotStart(f"{SQS_EMULATOR}: {name!r} is none of {', '.join(PROGRAMS)}")
        return PROGRAMS[name]

    @property
    def has_lines(self) -> bool:
        """Return whether pages hold lines, which cost nothing here."""
        return self.variables.get(LINES, "on").lower() != "off"

    @property
    def missing(self) -> list[Credential]:
        """Return the credentials that the laptop goes without."""
        return [credential for credential in credentials() if credential.provider in self.without]


def _check(settings: Mapping[str, str], changed: Collection[str]) -> None:
    """Read the settings as the functions will. Raises CannotStart naming the variable at fault."""
    levels = logging.getLevelNamesMapping()
    if settings.get("LOG_LEVEL", "INFO") not in levels:
        raise CannotStart(f"LOG_LEVEL: {settings['LOG_LEVEL']!r} is none of {', '.join(levels)}")
    read = Settings(settings)
    try:
        for section in SECTIONS:
            if section not in BY_TOPOLOGY:
                read.section(section)
        for channel in queued_channels():
            if any(name.startswith(channel.settings) for name in changed):
                import_module(str(channel.adapter)).build(read.beginning_with(channel.settings))
    except Misconfigured as error:
        raise CannotStart(f"{error}; it is set in the environment or in the file of --env-file") from None
