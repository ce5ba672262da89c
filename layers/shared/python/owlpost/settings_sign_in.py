"""The sections of the settings about who may come in: tokens, codes, webhooks, and the host product's own sign-in."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from owlpost.domain import endpoints
from owlpost.domain.webhooks import check_secret
from owlpost.settings_section import SettingsSection, listed


class TokenSettings(SettingsSection):
    prefix = "JWT_"
    model_config = ConfigDict(hide_input_in_errors=True)

    keys: Annotated[
        Annotated[tuple[Annotated[str, Field(min_length=32)], ...], BeforeValidator(listed)],
        Field(
            min_length=1,
            repr=False,
            description="secrets that sign session tokens, comma-separated: the first one signs, all are accepted",
        ),
    ]


class WebhookSettings(SettingsSection):
    prefix = "RESEND_WEBHOOK_"
    model_config = ConfigDict(hide_input_in_errors=True)

    secrets: Annotated[
        Annotated[tuple[Annotated[str, AfterValidator(check_secret)], ...], BeforeValidator(listed)],
        Field(
            min_length=1,
            repr=False,
            description="secrets with which Resend signs webhooks, comma-separated: all are accepted",
        ),
    ]


class HostJwtSettings(SettingsSection):
    """The host product's own sign-in. Its three first variables belong together."""

    prefix = "HOST_JWT_"

    issuer: Annotated[
        str | None, Field(description="`iss` of the host's own tokens, which the API then takes as well as ours")
    ] = None
    audience: Annotated[str | None, Field(description="`aud` that the host's tokens must name")] = None
    jwks_url: Annotated[
        Annotated[str, AfterValidator(endpoints.address)] | None,
        Field(description="address of the host's public keys (JWKS)"),
    ] = None
    user_by: Annotated[
        Literal["id", "email"],
        Field(description="how the host's user is found: by the id in `sub`, or by the claim `email`"),
    ] = "id"
    cookie: Annotated[
        str | None,
        Field(
            # a token by RFC 6265, 4.1.1
            pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$",
            description="cookie in which browsers send the host's token, where its pages and the API are one site",
        ),
    ] = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        named = (self.issuer, self.audience, self.jwks_url)
        if any(named) and not all(named):
            raise ValueError("issuer, audience and jwks_url belong together")
        if self.cookie and not self.issuer:
            raise ValueError("cookie needs issuer, audience and jwks_url")
        return self


class SignInSettings(SettingsSection):
    prefix = "SIGN_IN_"

    per_ip: Annotated[
        int,
        Field(
            ge=0,
            description="bound on the codes and tries an hour from one IP address; 0 means no bound, as on the laptop",
        ),
    ] = 100
