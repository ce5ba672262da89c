"""The order and the lists of issues in notifications: new before regressed, the most frequent first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Literal, TypeAlias, TypeVar

from pydantic import BeforeValidator

from owlpost.domain import json_values
from owlpost.producers.facts import Count, Fact, Name

SHOWN = 3
#: At most this many issues per list in `data`; the counts beside the list cover all issues.
LISTED = 50
#: At most this many bytes of JSON per list, so that two lists fit into the `data` of a request.
LIST_BYTES = 30_000
MARKS = {"new": "🆕", "regressed": "🔄"}


def _as_new(status: object) -> object:
    return "new" if status == "reopened" else status


#: An issue reopened from snooze counts as new.
Status: TypeAlias = Annotated[
    Literal["new", "regressed"],
    BeforeValidator(_as_new, json_schema_input_type=Literal["new", "regressed", "reopened"]),
]


class Issue(Fact):
    title: Name
    app_name: Name
    status: Status
    occurrence_count: Count


AnyIssue = TypeVar("AnyIssue", bound=Issue)


def in_order(issues: Iterable[AnyIssue]) -> list[AnyIssue]:
    """Sort new before regressed, then by occurrences, most first; the sort is stable."""
    return sorted(issues, key=lambda issue: (issue.status == "regressed", -issue.occurrence_count))


def lines(issues: Sequence[Issue]) -> list[str]:
    """Return one line for each of the first three issues."""
    return [f"{MARKS[issue.status]} {issue.title}" for issue in issues[:SHOWN]]


def listed(entries: Iterable[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """Return as many of the first entries as fit into `data`."""
    return list(_fitting(entries))


def _fitting(entries: Iterable[Mapping[str, object]]) -> Iterator[Mapping[str, object]]:
    room = LIST_BYTES
    for number, entry in enumerate(entries):
        room -= len(json_values.compact(entry).encode()) + 1
        if number == LISTED or room < 0:
            return
        yield entry
