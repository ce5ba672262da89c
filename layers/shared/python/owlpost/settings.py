"""The environment as typed settings, read once and checked at cold start. No other module reads the environment."""

import os
from collections.abc import Mapping
from typing import Self

from pydantic import ValidationError

from owlpost.domain import function_names, invalid, queue_names
from owlpost.domain.brand import Brand
from owlpost.domain.errors import Misconfigured
from owlpost.settings_brand_section import BrandSettings
from owlpost.settings_canary import CanarySettings
from owlpost.settings_embed import EmbedSettings
from owlpost.settings_section import Section
from owlpost.settings_sections import (
    BadgeSettings,
    BrakeSettings,
    CredentialSettings,
    DatabaseSettings,
    DeliverySettings,
    DestinationSettings,
    DigestSettings,
    DispatchSettings,
    GuestSettings,
    InstallationSettings,
    LineSettings,
    MetricsSettings,
    OutboxSettings,
    RetentionSettings,
    SystemJobsSettings,
    WebSettings,
)
from owlpost.settings_sign_in import HostJwtSettings, SignInSettings, TokenSettings, WebhookSettings


class Settings:
    """Sections of the environment, each a typed model, checked at its first use.

    A section raises Misconfigured naming the variable that is missing or invalid.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    @classmethod
    def from_environment(cls, *, secrets: Mapping[str, str] | None = None) -> Self:
        """Return the settings of this process. `secrets` are variables kept in a secret store; the environment wins."""
        return cls({**(secrets or {}), **os.environ})

    @property
    def secret_names(self) -> tuple[str, ...]:
        """Return the names of the secrets that hold more variables, comma-separated in SECRET_NAMES."""
        return tuple(name.strip() for name in self._environment.get("SECRET_NAMES", "").split(",") if name.strip())

    @property
    def database(self) -> DatabaseSettings:
        return self.section(DatabaseSettings)

    @property
    def installation(self) -> InstallationSettings:
        return self.section(InstallationSettings)

    @property
    def destinations(self) -> DestinationSettings:
        return self.section(DestinationSettings)

    @property
    def delivery(self) -> DeliverySettings:
        return self.section(DeliverySettings)

    @property
    def dispatch(self) -> DispatchSettings:
        return self.section(DispatchSettings)

    @property
    def brake(self) -> BrakeSettings:
        return self.section(BrakeSettings)

    @property
    def retention(self) -> RetentionSettings:
        return self.section(RetentionSettings)

    @property
    def metrics(self) -> MetricsSettings:
        return self.section(MetricsSettings)

    @property
    def outbox(self) -> OutboxSettings:
        return self.section(OutboxSettings)

    @property
    def digest(self) -> DigestSettings:
        return self.section(DigestSettings)

    @property
    def tokens(self) -> TokenSettings:
        return self.section(TokenSettings)

    @property
    def webhooks(self) -> WebhookSettings:
        return self.section(WebhookSettings)

    @property
    def web(self) -> WebSettings:
        return self.section(WebSettings)

    @property
    def embed(self) -> EmbedSettings:
        return self.section(EmbedSettings)

    @property
    def line(self) -> LineSettings:
        return self.section(LineSettings)

    @property
    def guests(self) -> GuestSettings:
        return self.section(GuestSettings)

    @property
    def badge(self) -> BadgeSettings:
        return self.section(BadgeSettings)

    @property
    def brand(self) -> Brand:
        return self.section(BrandSettings).brand

    @property
    def canary(self) -> CanarySettings:
        return self.section(CanarySettings)

    @property
    def system_jobs(self) -> SystemJobsSettings:
        return self.section(SystemJobsSettings)

    @property
    def sign_in(self) -> SignInSettings:
        return self.section(SignInSettings)

    @property
    def host_jwt(self) -> HostJwtSettings:
        return self.section(HostJwtSettings)

    @property
    def function_names(self) -> dict[str, str]:
        """Return the names in the account of the functions that this one starts: `FUNCTION_ALERT` is that of `alert`."""
        return {name: value for key, value in self._environment.items() if (name := function_names.named_by(key))}

    @property
    def credentials(self) -> CredentialSettings:
        return self.section(CredentialSettings)

    @property
    def queue_urls(self) -> dict[str, str]:
        """Return the URLs by queue name: `QUEUE_URL_MOBILE_PUSH_DLQ` is that of `mobile_push-dlq`."""
        return {name: url for key, url in self._environment.items() if (name := queue_names.named_by(key))}

    def seconds(self, variable: str, default: float) -> float:
        """Return the variable as a number of seconds. Raises Misconfigured if it is no number."""
        try:
            return float(self._environment.get(variable, default))
        except ValueError:
            raise Misconfigured(f"{variable}: must be a number of seconds") from None

    def beginning_with(self, prefixes: tuple[str, ...]) -> dict[str, str]:
        """Return the variables that a channel may see, as its registry entry lists them. Empty ones count as not set."""
        return {key: value for key, value in self._environment.items() if key.startswith(prefixes) and value}

    def section(self, model: type[Section]) -> Section:
        """Return one section. Raises Misconfigured naming the variable that is missing or invalid."""
        prefix = model.prefix
        values = {
            name: self._environment[prefix + name.upper()]
            for name in model.model_fields
            if self._environment.get(prefix + name.upper())
        }
        try:
            return model.model_validate(values)
        except ValidationError as error:
            field, problem = invalid.first_fault(error)
            raise Misconfigured(f"{prefix}{field.partition('.')[0].upper()}: {problem}") from None
