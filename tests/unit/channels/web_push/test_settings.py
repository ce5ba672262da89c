"""The settings of web push: what Apple would refuse at each push is refused once, at cold start."""

import pytest

from owlpost.channels.web_push.settings import WebPushSettings
from owlpost.domain.errors import Misconfigured

SECTION = {"WEB_PUSH_SECRET": "x" * 32, "WEB_PUSH_SUBJECT": "mailto:ops@owl.example", "DESTINATION_KEYS": "a, b"}


def settings(**more: str) -> WebPushSettings:
    return WebPushSettings.from_section({**SECTION, **more})


@pytest.mark.parametrize(
    "subject", ["mailto:ops@owl.example", "https://owl.example", "https://owl.example/contact?a=b"]
)
def test_a_real_address_is_taken(subject: str) -> None:
    assert settings(WEB_PUSH_SUBJECT=subject).subject == subject


@pytest.mark.parametrize(
    "subject",
    [
        "ops@owl.example",
        "mailto:",
        "mailto:ops",
        "mailto:ops@localhost",
        "mailto:ops@owl.localhost",
        "mailto:ops@127.0.0.1",
        "mailto: ops@owl.example",
        "mailto:<ops@owl.example>",
        "mailto:ops@owl.example,b@c.example",
        "http://owl.example",
        "https://localhost:8000",
        "https://127.0.0.1",
        "https://owl.example/<x>",
        "https://owl.example/a b",
        "https://u@owl.example",
    ],
)
def test_what_apple_refuses_is_refused_at_cold_start(subject: str) -> None:
    with pytest.raises(Misconfigured, match="WEB_PUSH_SUBJECT"):
        settings(WEB_PUSH_SUBJECT=subject)


def test_without_a_subject_it_is_the_address_of_the_dashboard_where_that_is_real() -> None:
    assert settings(WEB_PUSH_SUBJECT="", WEB_URL="https://owl.example").subject == "https://owl.example"
    for url in ("", "http://localhost:8080"):
        with pytest.raises(Misconfigured, match="WEB_PUSH_SUBJECT"):
            settings(WEB_PUSH_SUBJECT="", WEB_URL=url)


def test_a_secret_that_could_be_guessed_is_refused() -> None:
    with pytest.raises(Misconfigured, match="WEB_PUSH_SECRET") as caught:
        settings(WEB_PUSH_SECRET="short")
    assert "short" not in str(caught.value)


def test_a_service_of_ones_own_network_has_a_port() -> None:
    assert settings(WEB_PUSH_HOSTS="ntfy.example, Inside:8443").inside == {"inside:8443"}


def test_without_a_secret_web_push_is_not_set_up_and_nothing_else_is_asked_for() -> None:
    assert WebPushSettings.from_section({}).secret == ""
