"""A mailbox has one account, however the host has stored its address and the person types it."""

import pytest
from sqlalchemy import text

from owlpost.db.session import Database
from tests.integration.api.conftest import Postman, signed_in
from tests.integration.api.test_teams import MakeTeam
from tests.support.api import ApiClient
from tests.support.people import Person, add_person
from tests.support.signing_in import send, verify

ASCII, UNICODE = "ada@xn--bcher-kva.example", "ada@b\u00fccher.example"
SPELLINGS = [ASCII, UNICODE, "Ada@XN--BCHER-KVA.Example", "ADA@B\u00dcCHER.example"]


@pytest.fixture(params=SPELLINGS)
def stored(request: pytest.FixtureRequest, database: Database) -> Person:
    with database.transaction() as connection:
        return add_person(connection, email=request.param)


@pytest.mark.parametrize("typed", SPELLINGS)
def test_a_person_signs_in_to_their_account_in_any_spelling(postman: Postman, stored: Person, typed: str) -> None:
    client = ApiClient()
    assert send(client, typed).status == 200
    assert postman.mails[-1][0] == ASCII
    answer = verify(client, postman.code, typed)
    assert (answer.status, answer.body["user"]["id"]) == (200, str(stored.id))


@pytest.mark.usefixtures("stored")
def test_a_browser_that_signed_in_is_known_in_any_spelling(postman: Postman) -> None:
    client = ApiClient()
    send(client, ASCII)
    cookie = next(each for each in verify(client, postman.code, ASCII).cookies if "browser" in each).partition(";")[0]
    for _ in range(4):
        assert send(ApiClient(), ASCII).status == 200
    assert send(ApiClient(), UNICODE).status == 429
    assert send(ApiClient(cookie=cookie), UNICODE).status == 200


@pytest.mark.parametrize("typed", SPELLINGS)
def test_a_member_is_not_invited_again_in_another_spelling(
    team: MakeTeam, bo: Person, stored: Person, typed: str
) -> None:
    team_id = team(owner=bo, member=stored)
    answer = ApiClient(bearer=signed_in(bo)).post(f"/v1/teams/{team_id}/invitations", {"email": typed})
    assert answer.status == 409


@pytest.mark.parametrize("typed", SPELLINGS)
def test_an_invitation_is_accepted_by_its_mailbox_in_any_spelling(
    team: MakeTeam, bo: Person, stored: Person, postman: Postman, typed: str
) -> None:
    team_id = team(owner=bo)
    ApiClient(bearer=signed_in(bo)).post(f"/v1/teams/{team_id}/invitations", {"email": typed})
    answer = ApiClient(bearer=signed_in(stored)).post("/v1/invites/accept", {"token": postman.token})
    assert (answer.status, answer.body["team_id"]) == (200, team_id)


def test_an_invitation_to_a_suppressed_mailbox_is_not_mailed_in_any_spelling(
    team: MakeTeam, bo: Person, postman: Postman, database: Database
) -> None:
    with database.transaction() as connection:
        connection.execute(
            text("insert into email_suppressions (address, reason) values (:address, 'complained')"), {"address": ASCII}
        )
    team_id = team(owner=bo)
    answer = ApiClient(bearer=signed_in(bo)).post(f"/v1/teams/{team_id}/invitations", {"email": UNICODE})
    assert (answer.status, postman.mails) == (201, [])
