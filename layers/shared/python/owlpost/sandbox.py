"""One object per sandbox: the parts that a function is made of, each built once and kept while warm.

Lambda runs a function in a sandbox, one process. `once` marks a builder, and the entered sandbox keeps what it builds. A test
enters a `Sandbox` of its own, and may provide a part instead of having it built.
"""

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, ParamSpec, Protocol, Self, TypeVar, runtime_checkable

from owlpost import garbage

Arguments = ParamSpec("Arguments")
Part = TypeVar("Part")

_FIRST_GENERATION = 0


@runtime_checkable
class Closeable(Protocol):
    """A part that holds a connection or a thread."""

    def close(self) -> object: ...


class Sandbox:
    """The parts that one function has built so far. Entering it makes it the one that builders use."""

    def __init__(self) -> None:
        self._parts: dict[Hashable, tuple[int, Any]] = {}
        self._provided: dict[Callable[..., Any], Any] = {}
        self._under_way = 0

    def __enter__(self) -> Self:
        _entered.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        _entered.remove(self)

    def provide(self, builder: Callable[..., object], part: object) -> None:
        """Use this part where `builder`, which is marked with `once` or its like, would build one."""
        self._provided[_unmarked(builder)] = part

    def part(
        self,
        build: Callable[Arguments, Part],
        generation: int,
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Part:
        """Return the part for these arguments; build it if it is missing or of another generation."""
        if build in self._provided:
            provided: Part = self._provided[build]
            return provided
        key = (build, args, tuple(kwargs.items()))
        kept = self._parts.get(key)
        if kept is None or kept[0] != generation:
            kept = self._parts[key] = (generation, self._built(build, *args, **kwargs))
        part: Part = kept[1]
        return part

    def _built(self, build: Callable[Arguments, Part], *args: Arguments.args, **kwargs: Arguments.kwargs) -> Part:
        """Build a part and those that it is made of. With the first whole one the function has started."""
        self._under_way += 1
        try:
            return build(*args, **kwargs)
        finally:
            self._under_way -= 1
            if not self._under_way:
                garbage.started()

    def close(self) -> None:
        """Close what was built, the newest first, and forget it."""
        while self._parts:
            _, (_, part) = self._parts.popitem()
            if isinstance(part, Closeable):
                part.close()


def current() -> Sandbox:
    """Return the sandbox that was entered last; a Lambda process has one from its start."""
    return _entered[-1]


def once(build: Callable[Arguments, Part]) -> Callable[Arguments, Part]:
    """Mark a builder: its part is built at first use, once per sandbox and arguments."""

    @wraps(build)
    def built(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Part:
        return current().part(build, _FIRST_GENERATION, *args, **kwargs)

    return built


def _unmarked(builder: Callable[..., Any]) -> Callable[..., Any]:
    unmarked: Callable[..., Any] = getattr(builder, "__wrapped__", builder)
    return unmarked


_entered: list[Sandbox] = [Sandbox()]
