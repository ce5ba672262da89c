"""The dialect knows text alone: every statement of ours is that, and SQLAlchemy's own for Postgres would send the same."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

import pg8000
from sqlalchemy import TextClause, text
from sqlalchemy.dialects.postgresql.pg8000 import PGDialect_pg8000
from sqlalchemy.types import NullType

from owlpost import db
from owlpost.db.dialect import Dialect


def statements() -> Iterator[TextClause]:
    """All that modules of `owlpost.db` name, alone or in a mapping."""
    for found in walk_packages(db.__path__, f"{db.__name__}."):
        for value in vars(import_module(found.name)).values():
            named = value.values() if isinstance(value, dict) else [value]
            yield from (each for each in named if isinstance(each, TextClause))


def test_each_statement_is_sent_as_the_dialect_for_postgres_would_send_it() -> None:
    ours, theirs = Dialect(dbapi=pg8000), PGDialect_pg8000(dbapi=pg8000)  # type: ignore[no-untyped-call]  # SQLAlchemy does not annotate it
    found = [*statements()]
    assert len(found) > 200
    for statement in (*found, text("select 'all of it, 100%' like :pattern")):
        assert str(statement.compile(dialect=ours)) == str(statement.compile(dialect=theirs))
        assert {type(bound.type) for bound in statement._bindparams.values()} <= {NullType}
