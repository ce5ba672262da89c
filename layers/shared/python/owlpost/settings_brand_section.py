"""The settings of the brand."""

from typing import Annotated

from pydantic import AfterValidator, Field

from owlpost.domain.brand import NAME, Brand, check_colour, check_logo, check_name
from owlpost.settings_section import SettingsSection


class BrandSettings(SettingsSection):
    """Whose product people see in pages and mails: the owl's, unless a host makes it its own."""

    prefix = "BRAND_"

    name: Annotated[
        Annotated[str, AfterValidator(check_name)],
        Field(description="name of your product in pages, mails and notifications of our own"),
    ] = NAME
    colour: Annotated[
        Annotated[str, AfterValidator(check_colour)] | None,
        Field(description="its colour, as `#3547c8`; made darker or lighter where it could not be read"),
    ] = None
    logo: Annotated[
        Annotated[str, AfterValidator(check_logo)] | None,
        Field(description="https address of its logo, a square picture that mail programs show too: a PNG, not an SVG"),
    ] = None

    @property
    def brand(self) -> Brand:
        return Brand(self.name, self.colour, self.logo)
