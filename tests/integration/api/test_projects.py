from collections.abc import Callable
from uuid import UUID

from owlpost.db.session import Database
from owlpost.domain.clock import utc_now
from tests.support.api import ApiClient
from tests.support.people import Person
from tests.support.projects import add_project


def test_the_projects_of_many_teams_come_in_pages(
    api: ApiClient, ada: Person, database: Database, team: Callable[..., str]
) -> None:
    teams = [UUID(team(member=ada)), UUID(team(owner=ada))]
    for number in range(3):
        add_project(database, teams[0], created=utc_now(), name="Atlas")
        add_project(database, teams[1], created=utc_now(), name=f"Bird {number}" + "x" * 300)
    whole = api.get("/v1/projects").body
    assert (whole["has_more"], whole["cursor"], len(whole["projects"])) == (False, None, 6)
    assert max(len(project["name"]) for project in whole["projects"]) == 255
    paged: list[object] = []
    cursor = ""
    for _ in range(10):
        page = api.get("/v1/projects", limit=2, cursor=cursor).body
        assert len(page["projects"]) == 2
        paged += page["projects"]
        if not page["has_more"]:
            break
        cursor = page["cursor"]
    assert paged == whole["projects"]


def test_a_cursor_of_projects_that_is_not_ours_is_refused_by_name(api: ApiClient) -> None:
    for cursor in ("A" * 56, "not-ours", "é"):
        answer = api.get("/v1/projects", cursor=cursor)
        assert (answer.status, answer.body["details"][0]["field"]) == (400, "cursor")
