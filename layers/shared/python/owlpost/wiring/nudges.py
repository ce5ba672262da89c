"""What nudges the pages that hold a line."""

from owlpost.db.session import Database
from owlpost.domain import line_events
from owlpost.invocations import Invocations
from owlpost.sandbox import once
from owlpost.services.nudges import Nudges
from owlpost.wiring.settings import settings


@once
def _functions() -> Invocations:
    """Asked briefly: nobody should wait for a nudge."""
    return Invocations.connect_briefly(settings().function_names)


def nudges(database: Database) -> Nudges:
    """Return what a change of an inbox is told to. It tells nobody where the installation has no lines."""
    has_lines = line_events.FUNCTION in settings().function_names
    return Nudges(database, (lambda: _functions().start) if has_lines else None)
