"""`make pages`: the table of docs/deploy.md that says what a month costs, so that it follows a new channel or function."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from infra.cost.bill import bill
from infra.cost.choices import choices
from infra.cost.installation import Installation

PAGE = Path(__file__).parents[2] / "docs" / "deploy.md"
VOLUMES = (10_000, 1_000_000, 100_000_000)
BEGIN = "| $ a month at |"


def rows() -> Iterator[str]:
    """Yield the table's lines: groups, the total, and what other choices come to."""
    plan = Installation()
    bills = [bill(plan, volume) for volume in VOLUMES]
    yield _row("$ a month at", *(f"{volume:,}" for volume in VOLUMES))
    yield "|---|--:|--:|--:|"
    groups: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(VOLUMES))
    for column, each in enumerate(bills):
        for (group, _), usd in each.by_name().items():
            groups[group][column] += usd
    yield from (_row(group, *map(_usd, usds)) for group, usds in groups.items())
    yield _row("**total**", *(f"**{_usd(each.total)}**" for each in bills))
    yield _row("per 1,000", *(f"{each.per_thousand or 0:.4f}" for each in bills))
    for name, other in list(choices(plan).items())[1:]:
        yield _row(f"*{name}*", *(_usd(bill(other, volume).total) for volume in VOLUMES))


def page(text: str) -> str:
    """Return the page with its table made anew."""
    lines = text.splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith(BEGIN))
    end = next(number for number in range(begin, len(lines)) if not lines[number].startswith("|"))
    return "\n".join([*lines[:begin], *rows(), *lines[end:]]) + "\n"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _usd(amount: float) -> str:
    return f"{amount:,.2f}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
