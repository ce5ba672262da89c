"""Renders the mail of a notification with the template of its type, or the generic one. A pure function of its input."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TypeAlias
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from owlpost.channels.email.message import Mail
from owlpost.channels.email.text import one_line, prose
from owlpost.channels.email.views import Digest, Gathered, Job
from owlpost.domain import labels, links
from owlpost.domain.brand import OWL, Brand
from owlpost.domain.messages import Delivery, Notification
from owlpost.domain.unsubscribe import sign
from owlpost.domain.value import dataclass
from owlpost.words import Words, english, of

TEMPLATES = Path(__file__).parent / "templates"
SETTINGS_PATH = "/dashboard/profile/notifications"
LONGEST_SUBJECT = 200
LONGEST_BODY = 10_000
LONGEST_LINK = 2_000
LONGEST_PREHEADER = 120

View: TypeAlias = Digest | Job | Gathered
#: Types with their own template, and the view that it shows. Every other type uses the generic template.
TEMPLATE_OF: dict[str, tuple[str, Callable[[Mapping[str, object], Words], View | None]]] = {
    "issue.digest": ("digest", Digest.of),
    "job.completed": ("job", Job.of),
}


@dataclass(frozen=True, slots=True)
class MailRenderer:
    """Renders deliveries. Without a key, mails have no one-click unsubscribe link."""

    web_url: str
    unsubscribe_key: str | None = None
    brand: Brand = OWL

    def __call__(self, delivery: Delivery) -> Mail:
        return render(
            delivery.notification,
            gathered=delivery.gathered,
            web_url=self.web_url,
            delivery_id=delivery.id,
            unsubscribe_url=self._unsubscribe_url(delivery),
            words=of(delivery.locale, self.brand.name),
            brand=self.brand,
        )

    def _unsubscribe_url(self, delivery: Delivery) -> str | None:
        if self.unsubscribe_key is None or delivery.user_id is None:
            return None
        types = {each.type for each in delivery.gathered or (delivery.notification,)}
        token = sign(delivery.user_id, tuple(types), "email", self.unsubscribe_key, delivery_id=delivery.id)
        return f"{self.web_url}/v1/unsubscribe?token={token}"


def render(
    notification: Notification,
    *,
    web_url: str,
    gathered: Sequence[Notification] = (),
    delivery_id: UUID | None = None,
    unsubscribe_url: str | None = None,
    words: Words | None = None,
    brand: Brand = OWL,
) -> Mail:
    """Return the mail of a notification of any type, or of several as one, in English if no other words are given.

    A template omits data that it cannot use.
    """
    words = words or english()
    label = labels.of_type(notification.type, words)
    subject = one_line(notification.title, LONGEST_SUBJECT) or label
    body = prose(notification.body, LONGEST_BODY)
    template, view = ("gathered", _gathered(gathered, web_url, words)) if gathered else _template(notification, words)
    preheader = one_line(view.preheader if isinstance(view, Gathered) else body, LONGEST_PREHEADER) or label
    content = {
        "words": words,
        "brand": brand,
        "picture": brand.picture(web_url),
        "subject": subject,
        "label": label,
        "body": body,
        "preheader": preheader,
        "view": view,
        "link": absolute(view.link if view else "", web_url) or absolute(notification.link, web_url),
        "settings_url": web_url + SETTINGS_PATH,
        "unsubscribe_url": unsubscribe_url,
    }
    return Mail(
        subject=subject,
        html=environment().get_template(f"{template}.html.j2").render(content),
        text=environment().get_template(f"{template}.txt.j2").render(content),
        preheader=preheader,
        headers=_headers(delivery_id, unsubscribe_url),
    )


def absolute(link: str | None, web_url: str) -> str | None:
    """Return a URL for a mail: our path under `web_url`, or an https URL unchanged. None for anything else."""
    if not link or len(link) > LONGEST_LINK or not link.isprintable() or any(part in link for part in ' "<>\\'):
        return None
    if links.is_own_path(link):
        return web_url + link
    ours = link == web_url or link.startswith(f"{web_url}/")
    return link if ours or links.is_followable(link) else None


def _gathered(notifications: Sequence[Notification], web_url: str, words: Words) -> Gathered:
    return Gathered.of(
        (labels.of_type(each.type, words), each.title, each.body, absolute(each.link, web_url) or "")
        for each in notifications
    )


def _template(notification: Notification, words: Words) -> tuple[str, View | None]:
    name, read = TEMPLATE_OF.get(notification.type, ("generic", None))
    view = read(notification.data, words) if read else None
    return (name, view) if view else ("generic", None)


def _headers(delivery_id: UUID | None, unsubscribe_url: str | None) -> dict[str, str]:
    """Return the extra header fields. Those for one-click unsubscribe follow RFC 8058."""
    headers = {"X-Owlpost-Delivery": str(delivery_id)} if delivery_id else {}
    if unsubscribe_url:
        headers |= {"List-Unsubscribe": f"<{unsubscribe_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return headers


@cache
def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html.j2",), disabled_extensions=("txt.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["filled"] = _filled
    made.globals["bdi"] = _bdi
    return made


def _filled(text: str, **values: object) -> Markup:
    """Return our own words with values in them, of which those that are HTML stay HTML."""
    return Markup.escape(text).format(**values)


def _bdi(text: str) -> Markup:
    """Return somebody's words so that their direction of writing does not turn ours around."""
    return Markup("<bdi>{}</bdi>").format(text)
