"""A part of the fan-out: the lines that the people of an audience hold, to be nudged after the commit."""

from owlpost.db import lines

#: Few people of a large team have a page open, so this starts from the lines. What is for later is not in the inbox yet.
OPEN_LINES = f"""
    line as (
      select connection_id from lines
      where {lines.OPEN} and cast(:not_before as timestamptz) is null
        and user_id in (
          select user_id from audience where id in (select notification_id from wanted where channel = 'in_app' and inside)
        )
    )"""
