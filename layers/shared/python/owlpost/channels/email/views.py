"""The views that templates show, read from a producer's `data`. `of` returns None if `data` does not hold enough."""

from collections.abc import Iterable, Mapping
from typing import Self

from owlpost.channels.email.text import one_line, prose
from owlpost.domain.value import dataclass
from owlpost.words import Words

#: These bounds keep the largest mail below 100 KB; Gmail clips longer ones.
MAX_ISSUES = 50
LONGEST_TITLE = 80
LONGEST_NAME = 32
LONGEST_STATUS = 16
LONGEST_ERROR = 2_000
MAX_LISTED = 50
LONGEST_EXCERPT = 160
LONGEST_LISTED_LINK = 300


@dataclass(frozen=True, slots=True)
class Issue:
    title: str
    status: str
    #: The status as people read it.
    said: str
    app_name: str
    occurrences: str
    users: str

    @classmethod
    def of(cls, item: object, words: Words) -> Self | None:
        if not isinstance(item, Mapping) or not (title := one_line(item.get("title"), LONGEST_TITLE)):
            return None
        status = one_line(item.get("status"), LONGEST_STATUS)
        return cls(
            title=title,
            status=status,
            said=_status(status, words),
            app_name=one_line(item.get("app_name"), LONGEST_NAME),
            occurrences=_grouped(item.get("occurrence_count"), words),
            users=_grouped(item.get("unique_user_count"), words),
        )


@dataclass(frozen=True, slots=True)
class Digest:
    """`issue.digest`: a table of the open issues of a project, and the number of issues that it omits."""

    issues: tuple[Issue, ...]
    more: int
    #: Takes precedence over the notification's link.
    link: str

    @classmethod
    def of(cls, data: Mapping[str, object], words: Words) -> Self | None:
        listed = data.get("issues")
        issues = [issue for item in listed if (issue := Issue.of(item, words))] if isinstance(listed, list) else []
        total = max(_count(data.get("issue_count")), len(issues))
        shown = tuple(issues[:MAX_ISSUES])
        if not shown:
            return None
        link = data.get("dashboard_url")
        return cls(shown, total - len(shown), link if isinstance(link, str) else "")


@dataclass(frozen=True, slots=True)
class Job:
    """`job.completed`: the facts of a run, and its error."""

    facts: tuple[tuple[str, str], ...]
    error: str
    status: str

    link = ""

    @classmethod
    def of(cls, data: Mapping[str, object], words: Words) -> Self | None:
        status = one_line(data.get("status"), LONGEST_STATUS)
        if not status:
            return None
        named = {"job": data.get("job_type"), "status": _status(status, words), "duration": data.get("duration")}
        facts = tuple(
            (words(f"mail.job.{name}"), fact)
            for name, value in named.items()
            if (fact := one_line(value, LONGEST_NAME))
        )
        return cls(facts, prose(data.get("error"), LONGEST_ERROR), status)


@dataclass(frozen=True, slots=True)
class Told:
    label: str
    title: str
    excerpt: str
    link: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """Notifications that go out as one, newest first, and the number of those that it omits."""

    notifications: tuple[Told, ...]
    more: int

    #: None of its own: the button leads to the inbox.
    link = ""

    @property
    def preheader(self) -> str:
        return " · ".join(each.title for each in self.notifications)

    @classmethod
    def of(cls, notifications: Iterable[tuple[str, str, str | None, str]]) -> Self:
        """Return the view of notifications, each given as its type's label, title, body and absolute link."""
        told = [
            Told(
                label,
                one_line(title, LONGEST_TITLE) or label,
                one_line(body, LONGEST_EXCERPT),
                link if len(link) <= LONGEST_LISTED_LINK else "",
            )
            for label, title, body, link in notifications
        ]
        return cls(tuple(told[:MAX_LISTED]), max(len(told) - MAX_LISTED, 0))


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**12 else -1


def _status(status: str, words: Words) -> str:
    return words.known(f"status.{status}", status.capitalize())


def _grouped(value: object, words: Words) -> str:
    return words.number(count) if (count := _count(value)) >= 0 else "–"
