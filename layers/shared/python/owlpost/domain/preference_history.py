"""What a change of preferences changed: the choices by their path, each with its value before and after."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from owlpost.domain.preferences import Json, child
from owlpost.domain.value import dataclass

#: The part of the preferences that decides about notifications; the rest is the looks of the dashboard.
ROOT = "notifications"
#: Kept whole: its members mean nothing alone.
WHOLE = frozenset({f"/{ROOT}/quiet_hours"})

#: Who changed them.
PERSON = "person"
UNSUBSCRIBE = "unsubscribe"


def by_link(delivery_id: UUID | None) -> str:
    """Return who changed a preference: a one-click link, with the delivery that carried it if the link names one."""
    return f"{UNSUBSCRIBE}:{delivery_id}" if delivery_id else UNSUBSCRIBE


@dataclass(frozen=True, slots=True)
class Change:
    """`path` is a JSON Pointer (RFC 6901) into the preferences. None stands for no choice."""

    path: str
    before: Any
    after: Any

    def as_json(self) -> dict[str, Any]:
        return {"path": self.path, "before": self.before, "after": self.after}


def changes(before: Json, after: Json) -> list[Change]:
    """Return what differs in the choices about notifications, by path. Objects are compared member by member."""
    return list(_between(f"/{ROOT}", child(before, ROOT), child(after, ROOT)))


def _between(path: str, before: Json, after: Json) -> Iterator[Change]:
    inner = [side for side in (before, after) if side is not None]
    if path not in WHOLE and inner and all(isinstance(side, Mapping) for side in inner):
        names = sorted({name for side in inner if isinstance(side, Mapping) for name in side})
        for name in names:
            yield from _between(f"{path}/{_escaped(name)}", child(before, name), child(after, name))
    elif _written(before) != _written(after):
        yield Change(path, before, after)


def _written(value: Json) -> str:
    """Return the value as text: to Python, False is 0, in an object as well."""
    return json.dumps(value, sort_keys=True)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
