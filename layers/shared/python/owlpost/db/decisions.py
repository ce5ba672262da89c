"""Why a delivery is there, in SQL: the rule that decided, and since when the person's choice stands that it rests on.

`domain.preferences.decide` names the same rules. A rule of `domain.reasons` that ends a delivery decides as well.
"""

from owlpost.domain.preferences import EVERY_TYPE
from owlpost.domain.reasons import Reason

PAUSE_PATH = "/notifications/paused_until"
#: Rules that rest on what the person chose.
OFF = f"'{Reason.CHANNEL_OFF}', '{Reason.PROJECT_OFF}', '{Reason.PREFERENCE_OFF}', '{Reason.PAUSED}'"
CHOSEN = f"('project_on', 'preference_on', {OFF})"


def rule_of(*, mandatory: str, channel: str, project: str, type_: str, default: str) -> str:
    """Return the expression for the rule that switches a channel on or off; the arguments are SQL expressions of booleans.

    `channel`, `project` and `type_` are what the person chose, null if nothing.
    """
    return f"""case
        when {mandatory} and {default} then 'mandatory'
        when not {channel} then '{Reason.CHANNEL_OFF}'
        when {project} is not null then case when {project} then 'project_on' else '{Reason.PROJECT_OFF}' end
        when {type_} is not null then case when {type_} then 'preference_on' else '{Reason.PREFERENCE_OFF}' end
        when {default} then 'default_on' else '{Reason.DEFAULT_OFF}'
      end"""


def preference_at(*, rule: str, user: str, project: str, type_: str, channel: str) -> str:
    """Return the expression for the time since when the person's choice stands as it is, null if the rule is none of theirs.

    Only where a person has chosen, the history is read: by an index, once for each such delivery.
    """
    of_project = f"'/notifications/projects/' || {project} || '/'"
    return f"""case when {rule} in {CHOSEN} then (
          select max(c.at) from preference_changes c
          where c.user_id = {user} and c.path = any(case
            when {rule} = '{Reason.PAUSED}' then array['{PAUSE_PATH}']
            when {rule} = '{Reason.CHANNEL_OFF}' then array['/notifications/channels/' || {channel}]
            when {rule} in ('project_on', '{Reason.PROJECT_OFF}')
              then array[{of_project} || {type_} || '/' || {channel}, {of_project} || '{EVERY_TYPE}/' || {channel}]
            else array['/notifications/types/' || {type_} || '/' || {channel}]
          end)
        ) end"""
