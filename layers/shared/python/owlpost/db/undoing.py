"""For how long an act of a person can be undone, as SQL: a recall meanwhile must stand."""

from owlpost.domain.acts import UNDO_FOR

UNDONE_WITHIN = f"make_interval(secs => {UNDO_FOR.total_seconds():.0f})"
