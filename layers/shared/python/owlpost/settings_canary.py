"""The settings of the canary."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from owlpost.domain.canary import Rules
from owlpost.settings_section import SettingsSection, mailbox


class CanarySettings(SettingsSection):
    """Off unless an address or a device is set."""

    prefix = "CANARY_"

    email: Annotated[
        Annotated[str, AfterValidator(mailbox)] | None,
        Field(
            description="address of yours that a mail goes to every ten minutes, with an alarm if it does not come through;"
            " it keeps the database awake: see `owlpost cost`"
        ),
    ] = None
    email_delivered: Annotated[
        bool, Field(description="the mail has come through once the provider's webhook says `delivered`, not before")
    ] = False
    push_token: Annotated[
        str | None, Field(description="token of a device of yours, on which nobody signs in, for the same by push")
    ] = None
    push_platform: Annotated[Literal["ios", "android"], Field(description="platform of that device")] = "ios"
    push_environment: Annotated[
        Literal["production", "sandbox"], Field(description="environment of that device's app, for APNs")
    ] = "production"
    within_minutes: Annotated[
        int, Field(ge=1, le=9, description="minutes after which a canary that is not through is missed")
    ] = 5

    @property
    def channels(self) -> tuple[str, ...]:
        """Return the channels that have a canary."""
        said = {"email": self.email, "mobile_push": self.push_token}
        return tuple(channel for channel, value in said.items() if value)

    @property
    def rules(self) -> Rules:
        """Return what it is to come through."""
        return Rules(timedelta(minutes=self.within_minutes), ("email",) if self.email_delivered else ())
