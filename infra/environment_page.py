"""`make pages`: the tables of docs/environment.md, made of the settings' models, the registry of channels and the topology."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from infra.environment import COMMON, SHARED_SETTINGS
from infra.topology.canary import whole
from infra.topology.model import Function
from owlpost.channels import chat_text
from owlpost.channels.discord import channel as discord
from owlpost.channels.email.settings import EmailSettings
from owlpost.channels.mobile_push import settings as push_settings
from owlpost.channels.slack import settings as slack_settings
from owlpost.channels.teams import channel as teams
from owlpost.channels.telegram import settings as telegram_settings
from owlpost.channels.web_push import settings as web_push_settings
from owlpost.channels.webhook import settings as webhook_settings
from owlpost.domain.channel import Channel
from owlpost.domain.channels import queued_channels
from owlpost.domain.optional_channels import OPTIONAL_CHANNELS
from owlpost.settings_sections import SECTIONS, CredentialSettings, DatabaseSettings, DeliverySettings, LineSettings

#: Of the channels whose settings have no model.
VARIABLES = {
    **push_settings.VARIABLES,
    **telegram_settings.VARIABLES,
    **web_push_settings.VARIABLES,
    **webhook_settings.VARIABLES,
    **slack_settings.VARIABLES,
    **teams.VARIABLES,
    **discord.VARIABLES,
}
PAGE = Path(__file__).parents[1] / "docs" / "environment.md"
BEGIN, END = "<!-- made by `make pages` -->", "<!-- end of what `make pages` makes -->"
#: Sections that the stack and the laptop fill in; an installation sets the others.
FILLED_IN = (DatabaseSettings, DeliverySettings, CredentialSettings, LineSettings)
#: With all that is optional: the page tells of its variables, too.
TOPOLOGY = whole()
SECRET = {name for secret in TOPOLOGY.secrets for name in (*secret.variables, secret.generated or "")} | {
    "DATABASE_PASSWORD",
}


@dataclass(frozen=True, slots=True)
class Variable:
    """One row of a table. `readers` are the functions that get it, by the topology."""

    name: str
    meaning: str
    default: str
    readers: str

    @property
    def row(self) -> str:
        secret = "yes" if self.name in SECRET else ""
        return f"| `{self.name}` | {self.meaning} | {self.default} | {self.readers} | {secret} |"


def tables() -> str:
    """Return the generated part of the page."""
    parts = {
        "What an installation sets": _chosen(),
        "What the stack and the laptop set": [*_sections(chosen=False), *_of_the_topology()],
    }
    return "\n\n".join(f"## {heading}\n\n{_table(variables)}" for heading, variables in parts.items())


def chosen_names() -> frozenset[str]:
    """Return the names of the variables that an installation sets, secrets among them."""
    return frozenset(each.name for each in _chosen())


def _chosen() -> Iterator[Variable]:
    yield from (*_sections(chosen=True), *_channels(), *_shared())


def page(text: str) -> str:
    """Return the page with its tables made anew; what is written by hand stays."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{tables()}\n\n{END}{rest.partition(END)[2]}"


def _table(variables: Iterable[Variable]) -> str:
    rows = sorted({each.name: each.row for each in variables}.items())
    head = "| variable | meaning | default | functions that get it | secret |\n| --- | --- | --- | --- | --- |"
    return "\n".join([head, *(row for _, row in rows)])


def _sections(*, chosen: bool) -> Iterator[Variable]:
    for section in SECTIONS:
        if (section not in FILLED_IN) is chosen:
            yield from _fields(section, section.prefix)


def _fields(model: type[BaseModel], prefix: str = "") -> Iterator[Variable]:
    for name, field in model.model_fields.items():
        variable = prefix + name.upper()
        yield Variable(variable, str(field.description), _default(field), _readers(_sees(variable)))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be set"
    value: Any = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, BaseModel):
        return f"`{value.model_dump_json()}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`" if value or value == 0 else ""


def _channels() -> Iterator[Variable]:
    yield from _fields(EmailSettings)
    for name, (meaning, default) in {**VARIABLES, **chat_text.VARIABLES}.items():
        yield Variable(name, meaning, default and f"`{default}`", _readers(_sees(name)))
    for channel in queued_channels():
        if channel.key not in {"email", "mobile_push", *OPTIONAL_CHANNELS}:
            yield from _credentials(channel)


def _credentials(channel: Channel) -> Iterator[Variable]:
    """Yield what is known of a channel that has no model of its settings."""
    for credential in channel.credentials:
        for name in credential.variables:
            meaning = f"what {credential.provider} asks for; without it deliveries end as `{credential.otherwise}`"
            yield Variable(name, meaning, "", _readers(_sees(name)))


def _shared() -> Iterator[Variable]:
    level, *_ = SHARED_SETTINGS
    yield Variable(
        level, "DEBUG, INFO, WARNING, ERROR or CRITICAL; at DEBUG printed mails have their text", "`INFO`", "all"
    )


def _of_the_topology() -> Iterator[Variable]:
    for name, meaning, gets in (
        (
            "QUEUE_URL_…",
            "URL of a queue: `QUEUE_URL_REQUESTS`, `QUEUE_URL_EMAIL_DLQ` …",
            lambda each: each.sends or each.receives,
        ),
        ("FUNCTION_…", "name in the account of a function that this one starts", lambda each: each.starts),
        ("SECRET_NAMES", "secrets of Secrets Manager that hold more variables, comma-separated", TOPOLOGY.secrets_of),
        ("POWERTOOLS_SERVICE_NAME", "name of the service in logs and metrics", lambda _: COMMON),
    ):
        yield Variable(name, meaning, "", _readers(gets))


def _sees(variable: str) -> Callable[[Function], object]:
    """Return whether a function gets the variable."""
    if variable.startswith(DatabaseSettings.prefix):
        return lambda function: function.database
    if variable.startswith(CredentialSettings.prefix):
        return lambda function: function.told_of
    return lambda function: (
        variable.startswith((*SHARED_SETTINGS, *function.settings))
        or (variable.startswith(DeliverySettings.prefix) and function.name.startswith("deliver-"))
        or variable in function.environment
    )


def _readers(gets: Callable[[Function], object]) -> str:
    found = [function.name for function in TOPOLOGY.functions if gets(function)]
    left_out = [function.name for function in TOPOLOGY.functions if not gets(function)]
    if len(left_out) <= 2:
        return "all" + (f" but {' and '.join(left_out)}" if left_out else "")
    return ", ".join(found)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
