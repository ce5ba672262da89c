"""Issues as notifications list them: new before regressed, the most frequent first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Literal, TypeAlias, TypeVar

from pydantic import BeforeValidator

from owlpost.domain import json_values
from owlpost.producers.facts import Count, Fact, Name

SHOWN = 3
#: Issues that one list in `data` holds; the counts beside it are of all.
LISTED = 50
#: Bytes of JSON for one list, whatever the titles are made of: two of them fit into a request's `data`.
LIST_BYTES = 30_000
MARKS = {"new": "🆕", "regressed": "🔄"}


def _as_new(status: object) -> object:
    return "new" if status == "reopened" else status


#: An issue reopened from snooze counts as new.
Status: TypeAlias = Annotated[Literal["new", "regressed"], BeforeValidator(_as_new)]


class Issue(Fact):
    title: Name
    app_name: Name
    status: Status
    occurrence_count: Count


AnyIssue = TypeVar("AnyIssue", bound=Issue)


def in_order(issues: Iterable[AnyIssue]) -> list[AnyIssue]:
    """New before regressed, most occurrences first; equals stay in the order given."""
    return sorted(issues, key=lambda issue: (issue.status == "regressed", -issue.occurrence_count))


def lines(issues: Sequence[Issue]) -> list[str]:
    """A line for each of the first three."""
    return [f"{MARKS[issue.status]} {issue.title}" for issue in issues[:SHOWN]]


def listed(entries: Iterable[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """As many of the first entries as `data` has room for."""
    return list(_fitting(entries))


def _fitting(entries: Iterable[Mapping[str, object]]) -> Iterator[Mapping[str, object]]:
    room = LIST_BYTES
    for number, entry in enumerate(entries):
        room -= len(json_values.compact(entry).encode()) + 1
        if number == LISTED or room < 0:
            return
        yield entry
