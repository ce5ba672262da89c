"""The setting of pages that embed our elements and are of another origin."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from owlpost.domain import endpoints
from owlpost.settings_section import SettingsSection, listed


class EmbedSettings(SettingsSection):
    """Nobody but pages of our own origin, unless an installation names others."""

    prefix = "EMBED_"

    origins: Annotated[
        tuple[Annotated[str, AfterValidator(endpoints.page_origin)], ...],
        BeforeValidator(listed),
        Field(
            description="origins of a product's pages that show our elements and ask the API with a token, comma-separated,"
            " each in full such as `https://app.example.com`; pages of no other origin may"
        ),
    ] = ()
