"""Incidents of many: a storm of 20,000, and a wrong notification to 2,000 people."""

import time

import pytest

from infra.local.postgres.postmaster import wait_until
from tests.drill.operator import PATIENCE, Operator
from tests.support.people import add_team

COMMUNITY = 2_000
#: Seconds after which the operator sees that the words are wrong.
SEEN_AFTER = 4.0
LOOPS, CROWD = 25, 800


@pytest.mark.takes_long("mail to two thousand people begins to go out, and what is in hand ends")
def test_of_a_wrong_one_to_two_thousand_most_mails_are_stopped_and_none_is_sent_afterwards(operator: Operator) -> None:
    team = add_team(operator.database, members=COMMUNITY)
    before = operator.accepted_mails()
    began = time.monotonic()
    request = operator.told([], recipients={"team_id": str(team)}, type="feedback.new", title="Wrong words")
    printed = operator.shows()
    time.sleep(max(0.0, began + SEEN_AFTER - time.monotonic()))  # not a wait for something: it is the incident
    (line,) = (each for each in printed.splitlines() if str(request) in each)
    assert "Wrong words" in line
    assert "owlpost recall REQUEST takes one back" in printed
    operator.acts("recall", request)
    operator.is_well()
    stopped = operator.count("channel = 'email' and error = 'recalled'")
    sent = operator.count("channel = 'email' and status = 'sent'")
    assert stopped > COMMUNITY / 2
    assert stopped + sent == COMMUNITY
    assert operator.accepted_mails() - before == sent
    assert not wait_until(lambda: operator.accepted_mails() - before != sent, seconds=8)


@pytest.mark.takes_long("a producer tells 800 people 25 times")
def test_a_storm_of_twenty_thousand_is_named_by_its_producer_stopped_and_discarded(operator: Operator) -> None:
    team = add_team(operator.database, members=CROWD)
    before = operator.accepted_mails()
    for number in range(LOOPS):
        operator.told([], recipients={"team_id": str(team)}, title=f"It happened again, {number}", producer="a-loop")
    line = operator.sees("Producer a-loop sends a storm of issue.digest")
    assert '--producer a-loop --type issue.digest --why "a storm"' in line
    printed = operator.acts("hold", "--producer", "a-loop", "--type", "issue.digest", "--why", "a storm")
    hold = printed.split("owlpost let-go ")[1].split()[0]
    operator.told([], recipients={"team_id": str(team)}, title="And once more", producer="a-loop")
    operator.acts("let-go", hold, "--discard")
    operator.is_well()
    sent, discarded = operator.count("status = 'sent'"), operator.count("error = 'discarded'")
    assert sent + discarded == (LOOPS + 1) * CROWD
    assert operator.accepted_mails() - before == sent
    assert operator.duplicates() == 0
    assert wait_until(lambda: operator.look() == (0, []), seconds=PATIENCE)
