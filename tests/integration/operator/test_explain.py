from collections.abc import Collection
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from owlpost.channels.mobile_push.channel import SKIP_REASONS
from owlpost.domain import commands, explanations, json_values
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.errors import NotFound, TransientFault
from owlpost.domain.guest_list import GuestList
from owlpost.domain.idempotency import Key
from owlpost.domain.outcomes import Failed, Retry, Sent, Skipped
from owlpost.domain.person_commands import ExplainPerson
from owlpost.domain.types import NOTIFICATION_TYPE_META
from owlpost.services.operator.explain import Explain
from owlpost.services.operator.forecast import ChannelForecast, Forecast
from tests.support.people import Person, add_device, add_person
from tests.support.services import dispatching
from tests.support.stage import Stage

KEYS = frozenset(
    variable
    for channel in NOTIFICATION_CHANNELS.values()
    for credential in channel.credentials
    for variable in credential.variables
)


def person(stage: Stage, *, has_device: bool = True, choice: dict[str, bool] | None = None) -> Person:
    """Somebody with these choices for feedback.new."""
    with stage.database.transaction() as connection:
        chosen = {"notifications": {"types": {"feedback.new": choice or {}}}}
        return add_person(
            connection,
            email=f"{uuid4().hex}@People.example",
            preferences=chosen,
            device=uuid4().hex if has_device else None,
        )


def forecasts(
    stage: Stage, user: object, type_: str = "feedback.new", *, configured: Collection[str] = KEYS
) -> dict[str, ChannelForecast]:
    command = commands.parse({"command": "explain_person", "user": str(user), "type": type_})
    assert isinstance(command, ExplainPerson)
    answer = Explain(stage.database, Forecast(lambda: configured), stage.clock).person(command)
    return {forecast.channel: forecast for forecast in answer.channels}


def story(stage: Stage, delivery_id: UUID) -> str:
    command = commands.parse({"command": "explain_delivery", "delivery_id": str(delivery_id)})
    assert isinstance(command, commands.ExplainDelivery)
    return "\n".join(Explain(stage.database, Forecast(lambda: KEYS), stage.clock).delivery(command).sentences)


def test_a_person_is_found_by_id_and_by_address_in_any_case(stage: Stage) -> None:
    somebody = person(stage)
    assert forecasts(stage, somebody.id) == forecasts(stage, somebody.email.upper())
    sent = {channel for channel, forecast in forecasts(stage, somebody.id).items() if forecast.sent}
    assert sent == set(NOTIFICATION_TYPE_META["feedback.new"].default_on)


@pytest.mark.parametrize(
    "user", ["nobody@people.example", "01940000-0000-7000-8000-00000000dead", "'; drop table users; --"]
)
def test_a_person_who_is_unknown_is_not_found(stage: Stage, user: str) -> None:
    with pytest.raises(NotFound, match="no person"):
        forecasts(stage, user)


def test_a_default_sends_until_a_choice_decides(stage: Stage) -> None:
    somebody = person(stage)
    assert forecasts(stage, somebody.id)["email"].rule == "default_on"
    assert forecasts(stage, somebody.id, "issue.new")["email"].rule == "default_off"
    chooser = person(stage, choice={"email": True, "mobile_push": False})
    assert forecasts(stage, chooser.id)["email"].rule == "preference_on"
    push = forecasts(stage, chooser.id)["mobile_push"]
    assert (push.sent, push.rule) == (False, "preference_off")


def test_a_type_that_is_unknown_is_not_found_and_one_that_is_mailed_directly_goes_nowhere(stage: Stage) -> None:
    somebody = person(stage)
    with pytest.raises(NotFound, match=r"there is no notification type no\.such"):
        forecasts(stage, somebody.id, "no.such")
    assert {each.rule for each in forecasts(stage, somebody.id, "team.invitation").values()} == {"mailed_directly"}


def test_a_hold_and_quiet_hours_are_named_before_anything_is_sent(stage: Stage) -> None:
    now = stage.clock()
    quiet = {"start": (now - timedelta(hours=1)).strftime("%H:%M"), "end": (now + timedelta(hours=1)).strftime("%H:%M")}
    with stage.database.transaction() as connection:
        preferences = {"notifications": {"quiet_hours": {**quiet, "time_zone": "UTC"}}}
        somebody = add_person(connection, preferences=preferences, device="token")
    channels = forecasts(stage, somebody.id)
    assert (channels["in_app"].rule, channels["email"].rule, channels["mobile_push"].rule) == (
        "default_on",
        "quiet_hours",
        "quiet_hours",
    )
    assert "it waits until" in channels["email"].explanation
    stage.change("insert into holds (channel, reason, created_by) values ('email', 'wrong words', 'ada')")
    channels = forecasts(stage, somebody.id)
    assert (channels["email"].sent, channels["email"].rule) == (False, "held")
    assert channels["mobile_push"].rule == "quiet_hours"


def test_a_suppressed_address_gets_no_mail_and_why_is_said(stage: Stage) -> None:
    somebody = person(stage)
    stage.change(
        "insert into email_suppressions (address, reason) values (:address, 'bounced')", address=somebody.email.lower()
    )
    mail = forecasts(stage, somebody.id)["email"]
    assert (mail.sent, mail.rule) == (False, "suppressed")
    assert "bounced, since" in mail.explanation
    assert forecasts(stage, somebody.id)["mobile_push"].sent


def test_a_person_without_an_address_or_a_device_is_not_reached_there(stage: Stage) -> None:
    somebody = person(stage, has_device=False)
    stage.change("update users set email = '' where id = :id", id=somebody.id)
    found = forecasts(stage, somebody.id)
    assert (found["in_app"].rule, found["email"].rule, found["mobile_push"].rule) == (
        "default_on",
        "no_address",
        "no_device",
    )


def test_without_a_key_devices_are_passed_by_and_mail_is_printed(stage: Stage) -> None:
    somebody = person(stage)
    found = forecasts(stage, somebody.id, configured=())
    assert (found["mobile_push"].sent, found["mobile_push"].rule) == (False, "no_apns_key")
    assert found["email"].sent
    assert "printed to the log" in found["email"].explanation


def test_a_person_with_two_platforms_is_reached_on_the_one_that_has_a_key(stage: Stage) -> None:
    somebody = person(stage)
    with stage.database.transaction() as connection:
        add_device(connection, somebody, token="android-token", platform="android")
    push = forecasts(stage, somebody.id, configured=KEYS - {"FCM_SERVICE_ACCOUNT"})["mobile_push"]
    assert push.sent
    assert "1 ios" in push.explanation
    assert "Android devices are passed by" in push.explanation
    assert forecasts(stage, somebody.id, configured=())["mobile_push"].rule in {"no_apns_key", "no_fcm_key"}


@pytest.mark.parametrize("odd", [1, None, [], {"types": "no"}, {"types": {"feedback.new": {"email": "no"}}}])
def test_an_odd_value_among_the_preferences_counts_as_not_said(stage: Stage, odd: object) -> None:
    somebody = person(stage)
    stage.change(
        "update users set preferences = cast(:blob as jsonb)", blob=json_values.compact({"notifications": odd})
    )
    assert forecasts(stage, somebody.id)["email"].rule == "default_on"


def test_the_reasons_of_missing_keys_are_those_the_push_channel_records() -> None:
    credentials = NOTIFICATION_CHANNELS["mobile_push"].credentials
    assert {each.platform: each.otherwise for each in credentials} == SKIP_REASONS


def test_a_sent_delivery_tells_its_whole_story(stage: Stage) -> None:
    (delivery_id,) = stage.tell()
    stage.adapter.script = lambda _delivery: Retry(TransientFault("timeout", ambiguous=True))
    stage.deliver([delivery_id])
    stage.clock.advance(minutes=2)
    stage.adapter.script = lambda _delivery: Sent({"provider_id": "mail-1"})
    stage.deliver([delivery_id])
    told = story(stage, delivery_id)
    assert "feedback.new for" in told
    assert "attempt 1, pending (timeout), and it may have gone out all the same." in told
    assert "attempt 2, sent." in told
    assert "knows it as mail-1" in told
    assert "2 min after it was enqueued" in told


def test_a_pending_delivery_says_what_it_met_and_when_it_is_next(stage: Stage) -> None:
    (delivery_id,) = stage.tell()
    told = story(stage, delivery_id)
    assert "It is still pending and due. Its message was to be queued" in told
    assert "whether SQS took it, the row does not say" in told
    stage.adapter.script = lambda _delivery: Retry(TransientFault("rate_limited", retry_after=300))
    stage.deliver([delivery_id])
    told = story(stage, delivery_id)
    assert "The last attempt met rate_limited: the provider asked us to slow down" in told
    assert "Nothing: it is tried again by itself." in told.splitlines()
    assert "the next attempt is due" in told
    assert "(in 5 min)" in told
    stage.clock.advance(minutes=6)
    assert "A worker has had its message, and gets it again" in story(stage, delivery_id)


def test_what_decided_is_told_as_it_was_then(stage: Stage) -> None:
    somebody = person(stage, choice={"email": True})
    chosen = stage.clock()
    stage.change(
        "insert into preference_changes (user_id, at, path, after, by)"
        " values (:id, :at, '/notifications/types/feedback.new/email', 'true', 'person')",
        id=somebody.id,
        at=chosen,
    )
    body = {"type": "feedback.new", "recipients": {"user_ids": [str(somebody.id)]}, "title": "Hello"}
    dispatching(stage.database, stage.queues, stage.clock).enqueue(body, platform_key=Key("lambda", "key"))
    (delivery_id,) = stage.pending("email")
    stage.deliver([delivery_id])
    stage.change("update users set preferences = '{}'")
    told = story(stage, delivery_id)
    assert (
        f"Decided by preference_on: the person has switched it on, as they chose {chosen:%Y-%m-%d %H:%M:%S} UTC" in told
    )
    assert "today's is" not in told
    stage.change("update notification_deliveries set registry = '0badcafe', preference_at = null")
    told = story(stage, delivery_id)
    assert "when they chose so is not recorded (registry of types 0badcafe; today's is" in told


def test_a_delivery_in_a_workers_hands_says_so_and_names_its_frozen_batch(stage: Stage) -> None:
    delivery_id, other = stage.tell(2)
    seen: list[str] = []

    def look(_delivery: object) -> Sent:
        seen.append(story(stage, delivery_id))
        return Sent()

    stage.adapter.script = look
    stage.deliver([delivery_id, other])
    assert "A worker holds it until" in seen[0]
    assert "with 2 mails since" in seen[0]


def test_a_refused_delivery_says_what_to_do_and_speaks_of_no_dead_letter(stage: Stage) -> None:
    (delivery_id,) = stage.tell()
    stage.adapter.script = lambda _delivery: Failed("validation_error")
    stage.deliver([delivery_id])
    told = story(stage, delivery_id)
    assert "It ended failed: the provider refused this mail as invalid (validation_error)." in told
    assert "owlpost redrive" in told
    assert "dead-letters" not in told


def test_a_delivery_that_was_given_up_points_to_its_dead_letter(stage: Stage) -> None:
    (delivery_id,) = stage.tell()
    stage.adapter.script = lambda _delivery: Retry(TransientFault("HTTP_599"))
    for _ in range(6):
        stage.deliver([delivery_id])
        stage.clock.advance(seconds=61)
    told = story(stage, delivery_id)
    assert "the provider answered HTTP_599" in told
    assert "left a dead letter: owlpost dead-letters email." in told


@pytest.mark.parametrize(
    "reason", ["read", "deleted", "user_gone", "left_team", "no_address", "suppressed", "no_device"]
)
def test_a_skipped_delivery_says_why_in_words(stage: Stage, reason: str) -> None:
    (delivery_id,) = stage.tell()
    stage.adapter.script = lambda _delivery: Skipped(reason)
    stage.deliver([delivery_id])
    assert f"It ended skipped: {explanations.explain(reason).meaning} ({reason})." in story(stage, delivery_id)
    assert "the provider answered" not in story(stage, delivery_id)


def test_each_device_has_a_line_of_its_own(stage: Stage) -> None:
    (delivery_id,) = stage.tell(channel="mobile_push", device="token")
    devices = {
        "d1": {"outcome": "delivered", "platform": "ios", "reason": None},
        "d2": {"outcome": "dead", "platform": "android", "reason": "UNREGISTERED"},
    }
    stage.adapter.script = lambda _delivery: Sent({"devices": devices})
    stage.deliver([delivery_id], by=stage.worker("mobile_push"))
    told = story(stage, delivery_id)
    assert "ios d1 received it." in told
    assert "android d2 is dead by its provider's word, and was removed: UNREGISTERED." in told


def test_a_delivery_to_somebody_who_is_gone_can_still_be_explained(stage: Stage) -> None:
    (delivery_id,) = stage.tell()
    stage.change("delete from users")
    stage.clock.advance(days=3)
    told = story(stage, delivery_id)
    assert "who is gone" in told
    assert "(3 d ago)" in told


def test_a_delivery_that_does_not_exist_is_not_found(stage: Stage) -> None:
    with pytest.raises(NotFound):
        story(stage, uuid4())


def test_a_person_who_is_not_on_the_guest_list_is_told_of_as_such(stage: Stage) -> None:
    ada, bob = person(stage), person(stage)
    guests = GuestList.parse(ada.email)

    def rules(user: Person) -> dict[str, str]:
        query = ExplainPerson(command="explain_person", user=user.id, type="feedback.new")
        answer = Explain(stage.database, Forecast(lambda: KEYS), stage.clock, guests=guests).person(query)
        return {each.channel: each.rule for each in answer.channels}

    assert "not_on_guest_list" not in rules(ada).values()
    assert {"in_app": "default_on", "email": "not_on_guest_list", "mobile_push": "not_on_guest_list"}.items() <= rules(
        bob
    ).items()
