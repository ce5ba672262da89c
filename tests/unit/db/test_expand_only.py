"""Migrations run before the new code is there, and a deployment may be rolled back: the code of before must still work.

So a migration only adds. What takes away, renames or narrows is written in a second deployment, when no code uses it any
more, and says so: a comment `-- contract: REASON` in the lines right above the statement.
"""

import re

import pytest

from owlpost.db.migrate import migrations

NARROWS = re.compile(
    r"""\bdrop\s+(table|column|constraint|view|function|schema|type|default)\b
      | \brename\b
      | \bset\s+not\s+null\b
      | \balter\s+column\s+\w+\s+(set\s+data\s+)?type\b
      | \badd\s+column\s+(if\s+not\s+exists\s+)?\w+\s+
        (?:(?!default|,|;|generated).)*\bnot\s+null\b(?:(?!,|;|default).)*(?=,|;|$)
      | \btruncate\b""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
MARKER = re.compile(r"^-- contract: (?:\S+[ ]+){3,}", re.MULTILINE)
#: Before the first release there was no code before: these never ran beside an older one.
BEFORE_THE_RULE = 18


def unmarked(sql: str) -> list[str]:
    """Return the statements of a migration that narrow and do not say why that is safe."""
    found = []
    for part in sql.split(";"):
        statement = re.sub(r"--[^\n]*", "", part).strip()
        if NARROWS.search(statement + ";") and not MARKER.search(part):
            found.append(" ".join(statement.split()))
    return found


@pytest.mark.parametrize(
    "statement",
    [
        "drop table a",
        "alter table a drop column b",
        "alter table a drop constraint c",
        "alter table a rename column b to c",
        "alter table a rename to b",
        "alter table a alter column b set not null",
        "alter table a alter column b type bigint",
        "alter table a alter b set not null",
        "alter table a add column b integer not null",
        "alter table a add column b integer default 1, add column c text not null",
        "-- contract: why\nalter table a drop column b",
    ],
)
def test_a_statement_that_breaks_the_code_of_before_is_found(statement: str) -> None:
    assert unmarked(f"create table x (y integer not null);\n{statement};\n")


@pytest.mark.parametrize(
    "statement",
    [
        "create table a (b integer not null)",
        "alter table a add column b integer",
        "alter table a add column b integer not null default 0",
        "create index on a (b)",
        "drop index a_b",
        "update a set b = 1 where c is not null",
        "-- contract: no code has read it since 0.4.0\nalter table a drop column b",
    ],
)
def test_a_statement_that_adds_or_says_why_it_takes_away_passes(statement: str) -> None:
    assert unmarked(f"{statement};\n") == []


def test_migrations_only_add_or_say_why_they_take_away() -> None:
    broken = {each.name: unmarked(each.sql) for each in migrations() if each.number > BEFORE_THE_RULE}
    assert {name: found for name, found in broken.items() if found} == {}
