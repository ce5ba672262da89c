"""Mails of types with their own template, and a reader of pages."""

from html.parser import HTMLParser

from owlpost.channels.email.message import Mail
from owlpost.channels.email.render import render
from tests.support.mails import notification

WEB = "https://owl.example.com"
ISSUE = {"title": "Crash", "status": "new", "occurrence_count": 1284, "unique_user_count": 3, "app_name": "Atlas"}


class Page(HTMLParser):
    """The tags, links, pictures and visible text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.pictures: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links.extend(value or "" for name, value in attrs if name in {"href", "background"})
        self.pictures.extend(value or "" for name, value in attrs if name == "src")
        self.text += "\n" * (tag == "br")

    def handle_data(self, data: str) -> None:
        self.text += data


def digest(*issues: object, **data: object) -> Mail:
    content: dict[str, object] = {"issues": list(issues), **data}
    return render(notification("issue.digest", title="Issues", link="/dashboard/issues", data=content), web_url=WEB)


def job(**data: object) -> Mail:
    return render(notification("job.completed", title="Job", body="Finished in 2m 5s", data=data), web_url=WEB)
