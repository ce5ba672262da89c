"""What a page says of a fault at a destination: each code that its owner can come to see has words there."""

import re
from pathlib import Path

import pytest

from functions.dashboard.languages import texts
from owlpost.channels.provider_answer import Meaning
from owlpost.channels.slack.answers import MEANINGS as SLACK
from owlpost.channels.teams.dialect import CODES as TEAMS
from owlpost.domain.reasons import Reason

SCRIPT = (Path(__file__).parents[3] / "functions/dashboard/static/faults.js").read_text()
KNOWN = {key.removeprefix("fault.") for key in texts("en") if key.startswith("fault.")}
OURS = re.compile(SCRIPT[SCRIPT.index("/^(") + 1 : SCRIPT.index(")/;") + 1])
#: What its owner can mend or has to know. What passes is not kept for long, and a code of our own requests is a defect.
TOLD = {Meaning.DEAD, Meaning.OFF, Meaning.UNKNOWN}
REASONS = [
    *(Reason.UNREACHABLE, Reason.NO_ANSWER, Reason.NOT_VERIFIED, Reason.BLOCKED_ADDRESS, Reason.REDIRECTED),
    *(
        Reason.DESTINATION_DEAD,
        Reason.DESTINATION_UNREADABLE,
        Reason.OUTCOME_UNKNOWN,
        Reason.CHAT_MOVED,
        Reason.CHAT_BLOCKED,
    ),
    *(Reason.NO_WEB_PUSH_KEY, Reason.NO_TELEGRAM_TOKEN, Reason.PROVIDER_PAUSED, Reason.NO_ADDRESS),
]


@pytest.mark.parametrize("code", [*REASONS, *TEAMS, *(code for code, each in SLACK.items() if each in TOLD)])
def test_a_code_has_words(code: str) -> None:
    assert str(code) in KNOWN


@pytest.mark.parametrize("code", [code for code, each in SLACK.items() if each is Meaning.OPERATOR])
def test_what_is_wrong_with_our_token_is_said_to_be_the_operators(code: str) -> None:
    assert OURS.match(code)
    assert code not in KNOWN
