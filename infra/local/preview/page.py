"""Writes the preview as one HTML page that needs no server and no network."""

import json
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from infra.local.branded import colours, mark, owl_of_mails
from infra.local.preview.requests import NOON
from infra.local.preview.specimens import WEB, Specimen, specimens
from owlpost.domain.brand import OWL, OWL_PICTURE, Brand
from owlpost.domain.channels import credentials
from owlpost.domain.explanations import explain
from owlpost.domain.gathered import SEVERAL
from owlpost.domain.types import NOTIFICATION_TYPE_META

HERE = Path(__file__).parent


def page(brand: Brand = OWL) -> str:
    """Return HTML with a section per type and direct mail, and a row per state, as people of this brand get them."""
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    kinds = [(kind, list(found)) for kind, found in groupby(specimens(brand), key=lambda specimen: specimen.kind)]
    return environment.get_template("page.html.j2").render(
        kinds=kinds,
        brand=brand,
        mark=mark(brand),
        colours=colours(brand),
        shown=_shown,
        meta=NOTIFICATION_TYPE_META,
        several=SEVERAL,
        moment=NOON,
        kilobytes=_kilobytes,
        written=_written,
        missing=[(", ".join(each.variables), explain(each.otherwise).meaning) for each in credentials()],
    )


def _shown(html: str) -> str:
    """Return a mail with the owl in it: nobody serves it where the preview is looked at."""
    return html.replace(WEB + OWL_PICTURE, owl_of_mails())


def _kilobytes(specimen: Specimen) -> str:
    return f"{len(specimen.mail.html.encode()) / 1000:.1f} KB"


def _written(content: object) -> str:
    """Return what a channel sends, as text."""
    return content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, indent=2, default=str)
