"""The pages. Each is an HTML shell with one custom element, which loads its data from the JSON API."""

from functools import cache
from html import escape
from pathlib import Path
from string import Template

from functions.dashboard.assets import assets
from functions.dashboard.bundles import page_script
from functions.dashboard.languages import Texts, languages, texts
from functions.dashboard.mark import MARK
from owlpost.domain.value import dataclass
from owlpost.settings_brand import brand

SKELETON = '<div class="skeleton" aria-hidden="true"><i></i><i></i><i></i></div>'
#: The place of a form or of a card, until its script is there.
BLOCK = '<div class="skeleton block" aria-hidden="true"><i></i></div>'
TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Page:
    """`component` names the custom element of the page and the module that defines it.

    `name` is the key of its title; of its lead, with `.lead` behind it.

    A page that is not in the navigation is in the account menu: four links do not fit the width of a phone.
    """

    name: str
    component: str | None = None
    #: Attributes of the component.
    attributes: str = ""
    signed_in: bool = True
    in_navigation: bool = True
    #: What stands in its place until its script is there: the grey rows of a list, or another shape.
    skeleton: str = SKELETON
    status: int = 200

    def _element(self) -> str:
        """Return the component, with its skeleton in it."""
        if not self.component:
            return ""
        return f"<{self.component}{self.attributes}>{self.skeleton}</{self.component}>"

    def html(self, path: str, language: str) -> str:
        """Return the HTML of the page in a language. The navigation marks the link to `path` as the current one."""
        words = texts(language)
        title = escape(words[self.name])
        lead = words.get(f"{self.name}.lead")
        url = assets().url
        layout = "signed_in" if self.signed_in else "signed_out"
        content = _template(layout).substitute(
            title=title,
            lead=f'<p class="lead">{escape(lead)}</p>' if lead else "",
            skip=escape(words["page.skip"]),
            dashboard=escape(words["page.navigation"]),
            component=self._element(),
            navigation=_navigation(path, words),
            brand=escape(brand().name),
            owl=escape(brand().logo or url(MARK)),
            icon_type="" if brand().logo else ' type="image/svg+xml"',
        )
        return _template("page").substitute(
            title=title,
            language=language,
            brand=escape(brand().name),
            languages=" ".join(languages()),
            needs_javascript=escape(words["page.needs_javascript"]),
            layout=layout,
            style=url("page.css"),
            script=url(page_script(self.component, language)),
            owl=escape(brand().logo or url(MARK)),
            icon_type="" if brand().logo else ' type="image/svg+xml"',
            touch=_touch(),
            content=content,
        )


def _touch() -> str:
    """Return what iPhones put on the Home Screen: they show no SVG there. A host without a logo gets the letter of iOS."""
    picture = brand().logo or (TOUCH_PICTURE if brand().is_owl else None)
    return f'<link rel="apple-touch-icon" href="{escape(picture)}">\n' if picture else ""


TOUCH_PICTURE = "/assets/touch.png"
LOGIN_PATH = "/dashboard/login"
LOGIN = Page("page.sign_in", "owlpost-login", signed_in=False, skeleton=BLOCK)
HOME = "/dashboard/notifications"
PAGES = {
    HOME: Page("page.notifications", "owlpost-inbox", attributes=" in-address shortcuts"),
    "/dashboard/profile/notifications": Page("page.preferences", "owlpost-preferences"),
    "/dashboard/profile/sessions": Page("page.sessions", "owlpost-sessions", in_navigation=False),
    "/dashboard/profile/destinations": Page("page.destinations", "owlpost-destinations", in_navigation=False),
    "/dashboard/projects": Page("page.projects", "owlpost-projects"),
}
INVITATION_PATH = "/invite/accept"
INVITATION = Page("page.invitation", "owlpost-invitation", skeleton=BLOCK)
NOT_HERE = Page("page.not_here", status=404)


def _navigation(path: str, words: Texts) -> str:
    current = ' aria-current="page"'
    return "\n".join(
        f'<li><a href="{url}"{current if url == path else ""}>{escape(words[page.name])}</a></li>'
        for url, page in PAGES.items()
        if page.in_navigation
    )


@cache
def _template(name: str) -> Template:
    return Template((TEMPLATES / f"{name}.html").read_text(encoding="utf-8"))
