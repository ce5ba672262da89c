from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from owlpost.db.session import Database
from owlpost.domain.refusals import Unavailable
from tests.integration.api.conftest import Postman, signed_in
from tests.support.api import Answer, ApiClient
from tests.support.people import Person, add_person

MakeTeam = Callable[..., str]


@pytest.fixture
def cy(database: Database) -> Person:
    with database.transaction() as connection:
        return add_person(connection, email="Cy@people.example")


def client(person: Person) -> ApiClient:
    return ApiClient(bearer=signed_in(person))


def invite(by: Person, team_id: str, email: str = "cy@people.example", **more: object) -> Answer:
    return client(by).post(f"/v1/teams/{team_id}/invitations", {"email": email, **more})


def pending(by: Person, team_id: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = client(by).get(f"/v1/teams/{team_id}/invitations").body["invitations"]
    return rows


def age_invitations(database: Database, by: timedelta) -> None:
    with database.transaction() as connection:
        connection.execute(
            text("update team_invitations set expires_at = expires_at - cast(:by as interval)"), {"by": by}
        )


def test_an_invitation_is_mailed_shown_and_accepted(
    team: MakeTeam, ada: Person, cy: Person, postman: Postman, nobody: ApiClient
) -> None:
    team_id = team(owner=ada)
    answer = invite(ada, team_id, " CY@people.example", role="admin")
    assert answer.status == 201
    invitation = answer.body
    assert invitation == {
        "id": invitation["id"],
        "team_id": team_id,
        "email": "cy@people.example",
        "role": "admin",
        "invited_by": {"user_id": str(ada.id), "name": "Someone", "email": ada.email},
        "expires_at": invitation["expires_at"],
        "accepted_at": None,
        "created_at": invitation["created_at"],
    }
    assert pending(ada, team_id) == [invitation]
    [(to, template, values)] = postman.mails
    assert (to, template, values["team"]) == ("cy@people.example", "team_invitation", "Cartographers")
    offer = nobody.get(f"/v1/invites/{postman.token}")
    assert offer.body == {
        "team_name": "Cartographers",
        "team_slug": offer.body["team_slug"],
        "role": "admin",
        "email": "cy@people.example",
        "invited_by_name": "Someone",
        "expires_at": invitation["expires_at"],
    }
    for _ in range(2):
        joined = client(cy).post("/v1/invites/accept", {"token": postman.token})
        assert (joined.status, joined.body) == (
            200,
            {"team_id": team_id, "team_name": "Cartographers", "role": "admin"},
        )
    assert [team["role"] for team in client(cy).get("/v1/auth/me").body["teams"]] == ["admin"]
    assert pending(ada, team_id) == []
    assert nobody.get(f"/v1/invites/{postman.token}").status == 410
    assert invite(ada, team_id).status == 409


def test_a_name_of_several_lines_puts_no_lines_of_its_own_into_the_mail(
    team: MakeTeam, ada: Person, postman: Postman, database: Database
) -> None:
    with database.transaction() as connection:
        connection.execute(text("update users set name = E'Ada\\n\\nYour account is locked: evil.example'"))
    assert invite(ada, team(owner=ada)).status == 201
    assert postman.mails[0][2]["inviter"] == "Ada Your account is locked evil example"


def test_inviting_again_keeps_the_id_and_makes_the_old_link_unknown(
    team: MakeTeam, ada: Person, cy: Person, postman: Postman, nobody: ApiClient, database: Database
) -> None:
    team_id = team(owner=ada)
    first, old = invite(ada, team_id).body, None
    old = postman.token
    age_invitations(database, timedelta(days=8))
    assert nobody.get(f"/v1/invites/{old}").status == 410
    assert client(cy).post("/v1/invites/accept", {"token": old}).status == 410
    assert pending(ada, team_id) == []
    again = invite(ada, team_id, role="admin").body
    assert (again["id"], again["role"]) == (first["id"], "admin")
    assert again["expires_at"] >= first["expires_at"]
    assert nobody.get(f"/v1/invites/{old}").status == 404
    assert nobody.get(f"/v1/invites/{postman.token}").status == 200


def test_only_the_invited_address_accepts(team: MakeTeam, ada: Person, bo: Person, postman: Postman) -> None:
    team_id = team(owner=ada)
    invite(ada, team_id)
    assert client(bo).post("/v1/invites/accept", {"token": postman.token}).status == 403
    assert client(bo).post("/v1/invites/accept", {"token": "unknown"}).status == 404
    assert client(bo).post("/v1/invites/accept", {}).status == 400
    assert len(pending(ada, team_id)) == 1


def test_an_accepted_invitation_changes_the_role_of_no_member(
    team: MakeTeam, ada: Person, cy: Person, postman: Postman, database: Database
) -> None:
    team_id = team(owner=ada)
    invite(ada, team_id, role="admin")
    with database.transaction() as connection:
        connection.execute(
            text("insert into team_members (team_id, user_id, role) values (:team_id, :user_id, 'member')"),
            {"team_id": team_id, "user_id": cy.id},
        )
    joined = client(cy).post("/v1/invites/accept", {"token": postman.token})
    assert (joined.status, joined.body["role"]) == (200, "member")
    assert [team["role"] for team in client(cy).get("/v1/auth/me").body["teams"]] == ["member"]


def test_who_left_after_accepting_needs_a_new_invitation(
    team: MakeTeam, ada: Person, cy: Person, postman: Postman, database: Database
) -> None:
    team_id = team(owner=ada)
    invite(ada, team_id)
    client(cy).post("/v1/invites/accept", {"token": postman.token})
    with database.transaction() as connection:
        connection.execute(text("delete from team_members where user_id = :id"), {"id": cy.id})
    assert client(cy).post("/v1/invites/accept", {"token": postman.token}).status == 410
    invite(ada, team_id)
    assert client(cy).post("/v1/invites/accept", {"token": postman.token}).status == 200


def test_roles_decide_who_invites_whom(team: MakeTeam, ada: Person, bo: Person, cy: Person, postman: Postman) -> None:
    team_id = team(owner=ada, admin=bo, member=cy)
    new = "new@people.example"
    assert invite(cy, team_id, new).status == 403
    assert client(cy).get(f"/v1/teams/{team_id}/invitations").status == 403
    assert invite(bo, team_id, new, role="owner").status == 403
    assert invite(bo, team_id, new, role="admin").status == 201
    assert invite(ada, team_id, new, role="owner").status == 201
    assert invite(ada, team_id, cy.email).status == 409
    assert invite(ada, str(uuid4()), new).status == 404
    assert len(postman.mails) == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [({"email": "nobody"}, "email"), ({}, "email"), ({"email": "new@people.example", "role": "king"}, "role")],
)
def test_a_bad_address_or_role_is_refused_by_name(team: MakeTeam, ada: Person, body: object, field: str) -> None:
    answer = client(ada).post(f"/v1/teams/{team(owner=ada)}/invitations", body)
    assert (answer.status, answer.body["details"][0]["field"]) == (400, field)


def test_a_withdrawn_invitation_is_unknown(
    team: MakeTeam, ada: Person, bo: Person, postman: Postman, nobody: ApiClient
) -> None:
    team_id, other = team(owner=ada), team(owner=bo)
    id_ = invite(ada, team_id).body["id"]
    assert client(bo).delete(f"/v1/teams/{other}/invitations/{id_}").status == 404
    assert client(ada).delete(f"/v1/teams/{team_id}/invitations/{id_}").body == {"deleted": True}
    assert client(ada).delete(f"/v1/teams/{team_id}/invitations/{id_}").status == 404
    assert nobody.get(f"/v1/invites/{postman.token}").status == 404


def test_an_invitation_whose_mail_failed_can_be_sent_again(team: MakeTeam, ada: Person, postman: Postman) -> None:
    team_id = team(owner=ada)
    postman.down = Unavailable("The mail could not be sent.", retry_after=15)
    assert invite(ada, team_id).status == 503
    postman.down = None
    assert invite(ada, team_id).status == 201


@pytest.fixture
def project(database: Database, team: MakeTeam, ada: Person, bo: Person, cy: Person) -> str:
    team_id = team(owner=ada, admin=bo, member=cy)
    with database.transaction() as connection:
        insert = text("insert into projects (team_id, name) values (:team_id, 'Atlas') returning id")
        return str(connection.execute(insert, {"team_id": team_id}).scalar_one())


def test_projects_of_my_teams_say_how_often_they_tell(project: str, cy: Person, bo: Person) -> None:
    [shown] = client(cy).get("/v1/projects").body["projects"]
    assert shown == {
        "id": project,
        "team_id": shown["team_id"],
        "name": "Atlas",
        "issue_alert_frequency": None,
        "effective_issue_alert_frequency": "daily",
    }
    answer = client(bo).patch(f"/v1/projects/{project}", {"issue_alert_frequency": "6_hourly"})
    assert (answer.status, answer.body["project"]["effective_issue_alert_frequency"]) == (200, "6_hourly")
    [shown] = client(cy).get("/v1/projects").body["projects"]
    assert (shown["issue_alert_frequency"], shown["effective_issue_alert_frequency"]) == ("6_hourly", "6_hourly")
    back = client(bo).patch(f"/v1/projects/{project}", {"issue_alert_frequency": None}).body["project"]
    assert (back["issue_alert_frequency"], back["effective_issue_alert_frequency"]) == (None, "daily")


@pytest.mark.parametrize("body", [{"issue_alert_frequency": "yearly"}, {"issue_alert_frequency": 5}, {}])
def test_another_frequency_is_refused(project: str, ada: Person, body: object) -> None:
    answer = client(ada).patch(f"/v1/projects/{project}", body)
    assert (answer.status, answer.body["details"][0]["field"]) == (400, "issue_alert_frequency")


def test_a_member_only_looks_on(project: str, cy: Person) -> None:
    answer = client(cy).patch(f"/v1/projects/{project}", {"issue_alert_frequency": "none"})
    assert answer.status == 403
    assert client(cy).get("/v1/projects").body["projects"][0]["issue_alert_frequency"] is None


def test_pending_invitations_come_in_pages(team: MakeTeam, ada: Person, postman: Postman, database: Database) -> None:
    team_id = team(owner=ada)
    for number in range(3):
        assert invite(ada, team_id, f"guest{number}@people.example").status == 201
    with database.transaction() as connection:  # of one instant, so that only the ids tell them apart
        connection.execute(
            text("update team_invitations set created_at = (select min(created_at) from team_invitations)")
        )
    whole = client(ada).get(f"/v1/teams/{team_id}/invitations").body
    assert (whole["has_more"], whole["cursor"], len(whole["invitations"])) == (False, None, 3)
    first = client(ada).get(f"/v1/teams/{team_id}/invitations", limit=2).body
    assert (first["has_more"], len(first["invitations"])) == (True, 2)
    last = client(ada).get(f"/v1/teams/{team_id}/invitations", limit=2, cursor=first["cursor"]).body
    assert (last["has_more"], first["invitations"] + last["invitations"]) == (False, whole["invitations"])
    foreign = client(ada).get(f"/v1/teams/{team_id}/invitations", cursor="A" * 56)
    assert (foreign.status, foreign.body["details"][0]["field"]) == (400, "cursor")


def test_invitations_to_one_address_are_limited_and_the_answer_says_how_long_to_wait(
    team: MakeTeam, ada: Person, bo: Person, postman: Postman
) -> None:
    answers = [invite(person, team_id) for person in (ada, bo) for team_id in [team(owner=person)] for _ in range(4)]
    assert [answer.status for answer in answers] == [201] * 5 + [429] * 3
    assert 86_000 < int(answers[-1].headers["retry-after"]) <= 86_400
    assert len(postman.mails) == 5


def test_invitations_of_one_inviter_are_limited_over_all_teams(team: MakeTeam, ada: Person, postman: Postman) -> None:
    teams = [team(owner=ada), team(owner=ada)]
    statuses = [invite(ada, teams[number % 2], f"p{number}@people.example").status for number in range(52)]
    assert statuses == [201] * 50 + [429] * 2
    assert len(postman.mails) == 50


def test_invitations_to_one_team_are_limited_over_all_inviters(
    team: MakeTeam, ada: Person, bo: Person, cy: Person, postman: Postman
) -> None:
    team_id = team(owner=ada, admin=bo)
    for person in (ada, bo):
        for number in range(50):
            assert invite(person, team_id, f"{person.id}{number}@people.example").status == 201
    other = team(owner=cy)
    with_room = invite(cy, other, "one.more@people.example")
    assert (invite(ada, team_id, "one.more@people.example").status, with_room.status) == (429, 201)
    assert len(postman.mails) == 101


def test_a_suppressed_address_is_left_alone_and_the_answer_reveals_nothing(
    team: MakeTeam, ada: Person, postman: Postman, database: Database
) -> None:
    with database.transaction() as connection:
        connection.execute(
            text("insert into email_suppressions (address, reason) values ('gone@people.example', 'complained')")
        )
    team_id = team(owner=ada)
    suppressed, other = invite(ada, team_id, "Gone@people.example"), invite(ada, team_id, "here@people.example")
    assert (suppressed.status, set(suppressed.body)) == (other.status, set(other.body)) == (201, set(other.body))
    assert [to for to, _, _ in postman.mails] == ["here@people.example"]


@pytest.mark.parametrize("now_is", ["member", None])
@pytest.mark.parametrize("role", ["member", "admin"])
def test_an_invitation_ends_with_the_rights_of_its_inviter(
    team: MakeTeam,
    ada: Person,
    bo: Person,
    cy: Person,
    postman: Postman,
    nobody: ApiClient,
    database: Database,
    now_is: str | None,
    role: str,
) -> None:
    team_id = team(owner=ada, admin=bo)
    invite(bo, team_id, role=role)
    with database.transaction() as connection:
        connection.execute(
            text(
                "update team_members set role = 'member' where user_id = :id"
                if now_is
                else "delete from team_members where user_id = :id"
            ),
            {"id": bo.id},
        )
    assert pending(ada, team_id) == []
    assert nobody.get(f"/v1/invites/{postman.token}").status == 410
    assert client(cy).post("/v1/invites/accept", {"token": postman.token}).status == 410
    assert client(cy).get("/v1/auth/me").body["teams"] == []


def test_an_owner_who_became_an_admin_makes_nobody_an_owner(
    team: MakeTeam, ada: Person, cy: Person, postman: Postman, database: Database
) -> None:
    team_id = team(owner=ada)
    invite(ada, team_id, role="owner")
    with database.transaction() as connection:
        connection.execute(text("update team_members set role = 'admin'"))
    assert client(cy).post("/v1/invites/accept", {"token": postman.token}).status == 410
