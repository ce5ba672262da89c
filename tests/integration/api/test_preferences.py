import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from owlpost.auth import Tokens
from owlpost.db.session import Database
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.clock import utc_now
from owlpost.domain.preferences_patch import COLUMN_TABLES, DASHBOARD_CHOICES, switch_off
from owlpost.domain.types import configurable_types
from owlpost.keyed_hashes import CodeHashes
from owlpost.services.people.accounts import Accounts
from tests.integration.api.conftest import KEY
from tests.support.api import ApiClient
from tests.support.people import Person


def types(**channels: object) -> dict[str, object]:
    return {"preferences": {"notifications": {"types": {"feedback.new": channels}}}}


def test_me_lists_each_type_that_can_be_chosen_with_defaults_and_overrides(api: ApiClient) -> None:
    api.patch("/v1/auth/me", types(email=False))
    me = api.get("/v1/auth/me")
    assert set(me.body) == {"user", "teams", "notification_types", "notification_channels"}
    assert set(me.body["user"]) == {"id", "email", "name", "preferences", "created_at", "updated_at"}
    listed = me.body["notification_types"]
    assert [each["type"] for each in listed] == [kind.key for kind in configurable_types()]
    feedback = next(each for each in listed if each["type"] == "feedback.new")
    assert set(feedback) == {"type", "label", "description", "channels"}
    assert [channel["channel"] for channel in feedback["channels"]] == list(NOTIFICATION_CHANNELS)
    assert feedback["channels"][1] == {
        "channel": "email",
        "label": "Email",
        "default": True,
        "enabled": False,
        "overridden": True,
    }
    assert feedback["channels"][0]["overridden"] is False


def test_a_whole_channel_is_switched_off_and_on_again_and_keeps_what_was_chosen(api: ApiClient) -> None:
    api.patch("/v1/auth/me", types(email=True))
    off = api.patch("/v1/auth/me", {"preferences": {"notifications": {"channels": {"email": False}}}})
    assert {"channel": "email", "label": "Email", "enabled": False, "reach": "mail_address"} in off.body[
        "notification_channels"
    ]
    assert [each["channel"] for each in off.body["notification_channels"]] == list(NOTIFICATION_CHANNELS)
    assert off.body["user"]["preferences"]["notifications"]["types"] == {"feedback.new": {"email": True}}
    on = api.patch("/v1/auth/me", {"preferences": {"notifications": {"channels": {"email": None}}}})
    assert {"channel": "email", "label": "Email", "enabled": True, "reach": "mail_address"} in on.body[
        "notification_channels"
    ]


def test_two_tabs_that_toggle_different_channels_keep_each_others_choice(api: ApiClient) -> None:
    api.patch("/v1/auth/me", types(email=False))
    answer = api.patch("/v1/auth/me", types(mobile_push=False))
    assert set(answer.body) == {"user", "notification_types", "notification_channels"}
    assert answer.body["user"]["preferences"]["notifications"]["types"] == {
        "feedback.new": {"email": False, "mobile_push": False}
    }
    back = api.patch("/v1/auth/me", types(email=None))
    assert back.body["user"]["preferences"]["notifications"]["types"] == {"feedback.new": {"mobile_push": False}}


def test_what_we_do_not_know_is_dropped_without_a_word(api: ApiClient) -> None:
    answer = api.patch(
        "/v1/auth/me",
        {
            "preferences": {
                "version": 1,
                "theme": "dark",
                "notifications": {
                    "types": {
                        "feedback.new": {"fax": True, "email": "yes"},
                        "no.such": {"email": False},
                        "issue.new": 5,
                    }
                },
                "ui": {
                    "columns": {"events": {"order": ["a", 5, "b"]}, "pets": {"order": ["c"]}},
                    "dashboard": {"sparklineWindowDays": 30, "magnitudeWindowHours": True, "other": 1},
                },
            }
        },
    )
    preferences = answer.body["user"]["preferences"]
    assert (preferences["version"], "theme" in preferences) == (1, False)
    assert preferences["ui"] == {
        "columns": {"events": {"order": ["a", "b"]}},
        "dashboard": {"sparklineWindowDays": 30},
    }
    assert "notifications" not in preferences


def test_a_name_and_preferences_change_together_or_alone(api: ApiClient) -> None:
    before = api.get("/v1/auth/me").body["user"]
    assert before["preferences"] == {}
    both = api.patch("/v1/auth/me", {"name": "Ada L.", **types(email=False)}).body["user"]
    alone = api.patch("/v1/auth/me", {"name": "Ada"}).body["user"]
    assert (both["name"], alone["name"]) == ("Ada L.", "Ada")
    assert alone["preferences"] == both["preferences"]
    assert alone["updated_at"] >= both["updated_at"] >= before["updated_at"]


@pytest.mark.parametrize(
    "body", [{}, {"name": None}, {"name": ""}, {"name": "  "}, {"name": "x" * 256}, {"name": "a\nb"}, {"other": 1}]
)
def test_nothing_to_change_or_no_name_is_refused(api: ApiClient, body: object) -> None:
    before = api.get("/v1/auth/me").body
    answer = api.patch("/v1/auth/me", body)
    assert (answer.status, answer.body["details"][0]["field"]) == (400, "name")
    assert api.get("/v1/auth/me").body == before


def test_a_name_of_255_characters_is_taken(api: ApiClient) -> None:
    assert api.patch("/v1/auth/me", {"name": "ä" * 255}).status == 200


def test_patches_of_different_keys_at_once_all_survive(
    ada: Person, database: Database, another_database: Database
) -> None:
    accounts = [Accounts(each, Tokens([KEY]), CodeHashes([KEY]), utc_now) for each in (database, another_database)]
    toggles = [(kind.key, channel) for kind in configurable_types() for channel in kind.channels]
    with ThreadPoolExecutor(4) as threads:
        list(
            threads.map(
                lambda toggle: accounts[toggle[0] % 2].change(
                    ada.id, preferences=switch_off(toggle[1][1], toggle[1][0])
                ),
                enumerate(toggles),
            )
        )
    chosen = accounts[0].change(ada.id, name="Ada").preferences["notifications"]["types"]
    assert {(type_, channel) for type_, channels in chosen.items() for channel in channels} == set(toggles)


def test_the_document_says_what_a_patch_keeps_and_drops(api: ApiClient, nobody: ApiClient) -> None:
    """The values that it lists are those that the merge takes."""
    described = nobody.get("/v1/openapi.json").body["paths"]["/v1/auth/me"]["patch"]["description"]
    for heading in ("Kept:", "Merged:", "Dropped without an error:", "Refused with 400:"):
        assert heading in described
    for key, values in DASHBOARD_CHOICES.items():
        [line] = [
            sentence for sentence in described.replace("\n", " ").split("`ui.dashboard.") if sentence.startswith(key)
        ]
        named = {int(number) for number in re.findall(r"\d+", line.split(".")[0])}
        assert named == values
    for table in COLUMN_TABLES:
        assert f"`ui.columns.{table}`" in described
    patch = {"preferences": {"theme": "dark", "ui": {"dashboard": {"sparklineWindowDays": 8}}}}
    assert api.patch("/v1/auth/me", patch).body["user"]["preferences"].get("theme") is None


def test_quiet_hours_a_pause_and_choices_for_a_project_are_stored_and_removed(api: ApiClient) -> None:
    said = {
        "quiet_hours": {"start": "22:00", "end": "07:00", "time_zone": "Europe/Berlin"},
        "paused_until": "2026-12-01T09:00:00Z",
        "email_after_minutes": 15,
        "projects": {"atlas": {"*": {"email": False}}},
    }
    answer = api.patch("/v1/auth/me", {"preferences": {"notifications": {**said, "snooze": True}}})
    assert answer.body["user"]["preferences"]["notifications"] == said
    changes = {"quiet_hours": None, "paused_until": None, "email_after_minutes": "soon"}
    answer = api.patch("/v1/auth/me", {"preferences": {"notifications": changes}})
    kept = {"email_after_minutes": 15, "projects": {"atlas": {"*": {"email": False}}}}
    assert answer.body["user"]["preferences"]["notifications"] == kept
