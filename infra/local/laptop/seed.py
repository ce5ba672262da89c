"""Inserts the people of `seed.sql` into a laptop's database."""

from pathlib import Path

from owlpost.db.session import Database

SEED = Path(__file__).with_suffix(".sql")


def seed(database: Database) -> None:
    """Insert the people, teams, projects and devices that are missing."""
    with database.transaction() as connection:
        connection.exec_driver_sql(SEED.read_text(encoding="utf-8"))
