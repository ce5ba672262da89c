"""Print tables and sentences: to a terminal as wide as it is, to a file or a pipe in whole lines."""

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime

from rich.console import Console
from rich.table import Table

#: Wide enough for a whole line if the output goes to a file or a pipe.
PIPE_WIDTH = 200


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table if it fits into the width, else each row as lines of heading and value."""
    cells = [[_cell(value) for value in row] for row in rows]
    if not cells:
        return
    console = _console()
    widths = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
    if sum(widths) + len(widths) - 1 > console.width:
        _stack(headings, cells)
        return
    grid = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        grid.add_column(heading, no_wrap=True)
    for row in cells:
        grid.add_row(*row)
    console.print(grid)


def _stack(headings: Sequence[str], cells: Iterable[Sequence[str]]) -> None:
    """Print each row as a block: ids stay whole, so that they can be copied."""
    longest = max(map(len, headings))
    for row in cells:
        for heading, value in zip(headings, row, strict=True):
            if value:
                say(f"{heading:{longest}}  {value}")
        say("")


def say(sentence: str) -> None:
    _console().print(_cell(sentence), soft_wrap=True)


def _console() -> Console:
    """Return a console on today's standard output, which takes data for text and never for markup."""
    return Console(markup=False, highlight=False, emoji=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)


def _cell(value: object) -> str:
    """Return the value as text without control characters: a terminal must not obey what a producer wrote."""
    return "".join(each if each.isprintable() else "�" for each in str("" if value is None else value))


def time_of(value: str | None) -> str:
    return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M:%S}" if value else ""
