"""The pages. Each is an HTML shell with one custom element, which loads its data from the JSON API."""

from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from string import Template

from functions.dashboard.assets import assets
from functions.dashboard.bundles import page_script

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Page:
    """`component` names the custom element of the page and the module that defines it.

    A page that is not in the navigation is in the account menu: four links do not fit the width of a phone.
    """

    title: str
    component: str | None = None
    #: Attributes of the component.
    attributes: str = ""
    lead: str = ""
    signed_in: bool = True
    in_navigation: bool = True
    status: int = 200

    def html(self, path: str) -> str:
        """Return the HTML of the page. The navigation marks the link to `path` as the current one."""
        url = assets().url
        layout = "signed_in" if self.signed_in else "signed_out"
        content = _template(layout).substitute(
            title=escape(self.title),
            lead=f'<p class="lead">{escape(self.lead)}</p>' if self.lead else "",
            component=f"<{self.component}{self.attributes}></{self.component}>" if self.component else "",
            navigation=_navigation(path),
            owl=url("owl.svg"),
        )
        return _template("page").substitute(
            title=escape(self.title),
            layout=layout,
            style=url("page.css"),
            script=url(page_script(self.component)),
            owl=url("owl.svg"),
            content=content,
        )


LOGIN_PATH = "/dashboard/login"
LOGIN = Page("Sign in", "owlpost-login", signed_in=False)
HOME = "/dashboard/notifications"
PAGES = {
    HOME: Page("Notifications", "owlpost-inbox", attributes=" in-address shortcuts"),
    "/dashboard/profile/notifications": Page(
        "Preferences",
        "owlpost-preferences",
        lead="Choose where each kind of news reaches you. Changes are saved at once.",
    ),
    "/dashboard/profile/sessions": Page(
        "Sessions", "owlpost-sessions", lead="The devices on which you are signed in.", in_navigation=False
    ),
    "/dashboard/profile/destinations": Page(
        "Where you are reached",
        "owlpost-destinations",
        lead="Your phones, and what you connect here, are told beside your mail.",
        in_navigation=False,
    ),
    "/dashboard/projects": Page(
        "Projects", "owlpost-projects", lead="How often each project sends a digest of its open issues."
    ),
}
INVITATION_PATH = "/invite/accept"
INVITATION = Page("Invitation", "owlpost-invitation")
NOT_HERE = Page(
    "This page is not here", lead="It may have moved, or belong to another part of the product.", status=404
)


def _navigation(path: str) -> str:
    current = ' aria-current="page"'
    return "\n".join(
        f'<li><a href="{url}"{current if url == path else ""}>{page.title}</a></li>'
        for url, page in PAGES.items()
        if page.in_navigation
    )


@cache
def _template(name: str) -> Template:
    return Template((TEMPLATES / f"{name}.html").read_text(encoding="utf-8"))
