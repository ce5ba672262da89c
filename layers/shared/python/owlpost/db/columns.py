"""What the tables of the schema share: their metadata, and columns as this project always makes them."""

from typing import Any

from sqlalchemy import Column, DateTime, MetaData, Uuid, text
from sqlalchemy.sql.elements import TextClause
from sqlalchemy.types import TypeEngine

metadata = MetaData()

NEW_ID = text("owlpost_uuid7()")
NOW = text("now()")
EMPTY = text("'{}'::jsonb")


def required(name: str, kind: TypeEngine[Any], default: TextClause | None = None) -> Column[object]:
    return Column(name, kind, nullable=False, server_default=default)


def new_id() -> Column[object]:
    return Column("id", Uuid(), primary_key=True, server_default=NEW_ID)


def moment(name: str) -> Column[object]:
    return Column(name, DateTime(timezone=True))


def since(name: str = "created_at") -> Column[object]:
    """A moment that is now where nothing else is said."""
    return required(name, DateTime(timezone=True), NOW)
