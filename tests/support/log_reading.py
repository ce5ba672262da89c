"""Log lines of functions, as in CloudWatch: one JSON object per line."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from owlpost.observability import SERVICE, logger


@dataclass
class Logged:
    """All lines so far, the oldest first."""

    stream: io.StringIO = field(default_factory=io.StringIO)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    def of(self, correlation_id: str) -> list[str]:
        """Return the messages of the lines with this correlation id, like a query over all log groups."""
        return [
            line["message"]
            for line in self.lines
            if line.get("correlation_id") == correlation_id or correlation_id in line.get("correlation_ids", ())
        ]

    def one(self, message: str) -> dict[str, Any]:
        """The only line with this message."""
        (line,) = (line for line in self.lines if line["message"] == message)
        return line


@contextmanager
def logged() -> Iterator[Logged]:
    """Collect the lines of a `with` block, formatted as in Lambda."""
    seen = Logged()
    reader = logging.StreamHandler(seen.stream)
    reader.setFormatter(logger().registered_handler.formatter)
    lines = logging.getLogger(SERVICE)
    lines.addHandler(reader)
    try:
        yield seen
    finally:
        lines.removeHandler(reader)
