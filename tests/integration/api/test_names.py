"""Names reach people without characters that nobody sees, whoever wrote them."""

from sqlalchemy import text

from owlpost.db.session import Database
from tests.integration.api.conftest import Postman
from tests.integration.api.test_teams import MakeTeam, client, invite
from tests.support.api import ApiClient
from tests.support.people import Person

NAME, SEEN = "A\u202eda\u200b\u00a0 \u2066Lovelace\u2069\ufeff", "Ada Lovelace"


def test_a_person_changes_their_name_to_what_people_see(api: ApiClient) -> None:
    assert api.patch("/v1/auth/me", {"name": NAME}).body["user"]["name"] == SEEN
    assert api.get("/v1/auth/me").body["user"]["name"] == SEEN
    assert api.patch("/v1/auth/me", {"name": "\u200b\u2800"}).status == 400


def test_a_device_is_called_what_people_see(api: ApiClient) -> None:
    device = {
        "channel": "mobile_push",
        "platform": "ios",
        "token": "ab" * 32,
        "device_model": NAME,
        "app_version": "\u200b",
    }
    answer = api.post("/v1/devices", device).body["device"]
    assert (answer["device_model"], answer["app_version"]) == (SEEN, None)


def test_names_that_the_host_stored_are_shown_as_people_see_them(
    team: MakeTeam, ada: Person, bo: Person, database: Database, postman: Postman
) -> None:
    team_id = team(owner=ada)
    with database.transaction() as connection:
        connection.execute(text("update users set name = :name"), {"name": NAME})
        connection.execute(text("update teams set name = :name"), {"name": NAME})
        connection.execute(text("insert into projects (team_id, name) select id, name from teams"))
    invitation = invite(ada, team_id, bo.email).body
    me = client(ada).get("/v1/auth/me").body
    [project] = client(ada).get("/v1/projects").body["projects"]
    offer = ApiClient().get(f"/v1/invites/{postman.token}").body
    joined = client(bo).post("/v1/invites/accept", {"token": postman.token}).body
    names = [me["user"]["name"], me["teams"][0]["name"], project["name"], invitation["invited_by"]["name"]]
    assert [*names, offer["team_name"], offer["invited_by_name"], joined["team_name"]] == [SEEN] * 7
