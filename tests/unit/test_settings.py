import pytest

from owlpost.domain.errors import Misconfigured
from owlpost.domain.retry import RetryBounds
from owlpost.settings import Settings


@pytest.mark.parametrize(
    ("section", "environment", "variable"),
    [
        ("database", {}, "DATABASE_HOST"),
        ("database", {"DATABASE_HOST": ""}, "DATABASE_HOST"),
        ("database", {"DATABASE_HOST": "db", "DATABASE_PORT": "0"}, "DATABASE_PORT"),
        ("database", {"DATABASE_HOST": "db", "DATABASE_PORT": "70000"}, "DATABASE_PORT"),
        ("database", {"DATABASE_HOST": "db", "DATABASE_PORT": "postgres"}, "DATABASE_PORT"),
        ("delivery", {}, "DELIVERY_CHANNEL"),
        ("delivery", {"DELIVERY_CHANNEL": "email", "DELIVERY_RETRY": "often"}, "DELIVERY_RETRY"),
        ("delivery", {"DELIVERY_CHANNEL": "email", "DELIVERY_RETRY": '{"max_attempts": "many"}'}, "DELIVERY_RETRY"),
        ("delivery", {"DELIVERY_CHANNEL": "email", "DELIVERY_LEASE_SECONDS": "long"}, "DELIVERY_LEASE_SECONDS"),
        ("retention", {"RETENTION_READ_DAYS": "a month"}, "RETENTION_READ_DAYS"),
        ("metrics", {"METRICS_BY_TYPE": "sometimes"}, "METRICS_BY_TYPE"),
    ],
)
def test_a_setting_that_is_missing_or_wrong_is_named(section: str, environment: dict[str, str], variable: str) -> None:
    with pytest.raises(Misconfigured, match=f"^{variable}: "):
        getattr(Settings(environment), section)


def test_a_wrong_value_is_not_repeated_where_it_may_be_a_secret() -> None:
    with pytest.raises(Misconfigured) as caught:
        _ = Settings({"DATABASE_HOST": "db", "DATABASE_PORT": "hunter2"}).database
    assert "hunter2" not in str(caught.value)


def test_the_password_does_not_show_when_settings_are_printed() -> None:
    database = Settings({"DATABASE_HOST": "db", "DATABASE_PASSWORD": "hunter2"}).database
    assert "hunter2" not in repr(database)
    assert database.password is not None
    assert database.password.get_secret_value() == "hunter2"


def test_what_is_not_set_or_empty_takes_the_default() -> None:
    settings = Settings({"DATABASE_HOST": "db", "DATABASE_PORT": "", "RETENTION_READ_DAYS": "7"})
    assert settings.database.port == 5432
    assert settings.database.tls_authority is None
    assert (settings.retention.read_days, settings.retention.unread_days) == (7, 180)


def test_retry_bounds_come_whole_from_the_topology() -> None:
    bounds = RetryBounds(max_attempts=3, cap_seconds=60)
    environment = {"DELIVERY_CHANNEL": "email", "DELIVERY_RETRY": bounds.model_dump_json()}
    assert Settings(environment).delivery.retry == bounds
    assert Settings({"DELIVERY_CHANNEL": "email"}).delivery.retry == RetryBounds()


def test_a_section_is_read_only_when_it_is_asked_for() -> None:
    settings = Settings({"QUEUE_URL_REQUESTS": "https://sqs.example/1"})
    assert settings.queue_urls == {"requests": "https://sqs.example/1"}


def test_queues_go_by_the_topologys_names() -> None:
    environment = {"QUEUE_URL_MOBILE_PUSH": "a", "QUEUE_URL_MOBILE_PUSH_DLQ": "b", "OTHER": "c"}
    assert Settings(environment).queue_urls == {"mobile_push": "a", "mobile_push-dlq": "b"}


def test_a_channel_sees_what_its_registry_entry_lists_and_nothing_that_is_empty() -> None:
    settings = Settings({"APNS_KEY_ID": "A", "APNS_TEAM_ID": "", "FCM_PROJECT": "f", "RESEND_API_KEY": "r"})
    assert settings.beginning_with(("APNS_", "FCM_")) == {"APNS_KEY_ID": "A", "FCM_PROJECT": "f"}


def test_a_number_of_seconds_is_checked_by_name() -> None:
    settings = Settings({"ANSWER_SECONDS": "soon", "PAUSE_SECONDS": "1.5"})
    assert settings.seconds("PAUSE_SECONDS", 3) == 1.5
    assert settings.seconds("OTHER_SECONDS", 3) == 3
    with pytest.raises(Misconfigured, match=r"^ANSWER_SECONDS: "):
        settings.seconds("ANSWER_SECONDS", 3)


def test_the_environment_is_the_processes_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_HOST", "db.example")
    assert Settings.from_environment().database.host == "db.example"
