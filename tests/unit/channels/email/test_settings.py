"""A wrong setting of the e-mail channel is found at cold start, by its name and without its value."""

import pytest

from owlpost.channels.email.channel import EmailChannel, build
from owlpost.channels.email.settings import EmailSettings
from owlpost.domain.errors import Misconfigured
from owlpost.domain.outcomes import Sent
from tests.support.log_reading import logged
from tests.support.mails import batch, delivery, outcomes

WITH_RESEND = {"RESEND_API_KEY": "re_1", "EMAIL_FROM": "Owl <owl@example.com>", "WEB_URL": "https://owl.example.com"}


def test_without_a_key_mail_goes_to_the_console_and_nothing_has_to_be_set() -> None:
    one = delivery("ada@example.com")
    with logged() as log:
        assert outcomes(build({}), batch(one)) == {one.id: Sent({"provider_id": "console"})}
    lines = str(log.lines)
    assert "ada@example.com" in lines
    assert "New feedback in Pocket Atlas" in lines
    assert "love it" not in lines, "what people wrote stays out of the log"


def test_with_a_key_the_channel_is_built_without_touching_the_network() -> None:
    assert isinstance(build(WITH_RESEND), EmailChannel)


@pytest.mark.parametrize("name", ["RESEND_CALLS_PER_SECOND", "SES_MAILS_PER_SECOND"])
def test_the_workers_have_the_accounts_rate_among_them(name: str) -> None:
    section = {**WITH_RESEND, name: "9", "DELIVERY_OTHER_WORKERS": "2"}
    assert getattr(EmailSettings.from_section(section).share(), name.lower()) == 3.0


@pytest.mark.parametrize("name", ["EMAIL_FROM", "WEB_URL"])
def test_where_mail_is_really_sent_sender_and_web_address_are_required(name: str) -> None:
    with pytest.raises(Misconfigured, match=name):
        build({key: value for key, value in WITH_RESEND.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEB_URL", "http://owl.example.com"),
        ("WEB_URL", "owl.example.com"),
        ("WEB_URL", "https://"),
        ("WEB_URL", "https://owl.example.com?next=/"),
        ("WEB_URL", "http://localhost.evil.example"),
        ("WEB_URL", "http://localhost@evil.example"),
        ("RESEND_BASE_URL", "http://api.resend.com"),
        ("RESEND_CALLS_PER_SECOND", "-2.5"),
        ("RESEND_CALLS_PER_SECOND", "nan"),
        ("RESEND_CALLS_PER_SECOND", "some"),
        ("RESEND_API_KEY", "re_1\nX-Injected: 1"),
        ("EMAIL_FROM", "no address"),
        ("EMAIL_FROM", "a@b.example\r\nBcc: all@b.example"),
        ("EMAIL_REPLY_TO", "nobody"),
        ("UNSUBSCRIBE_KEYS", "short"),
    ],
)
def test_a_variable_that_cannot_be_understood_is_named_and_its_value_is_not(name: str, value: str) -> None:
    with pytest.raises(Misconfigured, match=f"^{name}: ") as raised:
        build({**WITH_RESEND, name: value})
    assert value not in str(raised.value)


@pytest.mark.parametrize(
    "url", ["https://owl.example.com/", "http://localhost:8080", "http://127.0.0.1:80", "https://x/owl"]
)
def test_web_addresses_are_https_or_on_this_machine(url: str) -> None:
    assert EmailSettings.from_section({"WEB_URL": url}).web_url == url.rstrip("/")


def test_a_variable_set_to_nothing_counts_as_not_set() -> None:
    settings = EmailSettings.from_section({"RESEND_API_KEY": " ", "EMAIL_REPLY_TO": "", "UNSUBSCRIBE_KEYS": ""})
    assert (settings.resend_api_key, settings.email_reply_to, settings.unsubscribe_keys) == (None, None, ())


def test_unsubscribe_keys_are_a_list_newest_first() -> None:
    settings = EmailSettings.from_section({"UNSUBSCRIBE_KEYS": "the-newest-of-secrets, the-oldest-of-secrets,"})
    assert settings.unsubscribe_keys == ("the-newest-of-secrets", "the-oldest-of-secrets")


def test_settings_can_be_printed_without_giving_a_secret_away() -> None:
    printed = repr(EmailSettings.from_section({**WITH_RESEND, "UNSUBSCRIBE_KEYS": "the-newest-of-secrets"}))
    assert "re_1" not in printed
    assert "the-newest" not in printed


BY_SMTP = {"MAIL_SENDER": "smtp", "SMTP_HOST": "smtp.example.com"} | {
    name: value for name, value in WITH_RESEND.items() if name != "RESEND_API_KEY"
}


def test_the_setting_chooses_the_sender_and_what_it_promises() -> None:
    assert build(BY_SMTP).promises.repeat == "twice"
    assert build(WITH_RESEND).promises.repeat == "same"
    assert EmailSettings.from_section(WITH_RESEND | {"MAIL_SENDER": "console"}).sender == "console"


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"SMTP_HOST": ""}, "SMTP_HOST"),
        ({"EMAIL_FROM": ""}, "EMAIL_FROM"),
        ({"EMAIL_FROM": "owl@localhost"}, "EMAIL_FROM"),
        ({"SMTP_TLS": "none"}, "SMTP_TLS"),
        ({"SMTP_PORT": "0"}, "SMTP_PORT"),
        ({"MAIL_SENDER": "pigeon"}, "MAIL_SENDER"),
        ({"MAIL_SENDER": "resend"}, "RESEND_API_KEY"),
    ],
)
def test_a_sender_without_what_it_needs_is_refused_by_the_variables_name(changes: dict[str, str], name: str) -> None:
    with pytest.raises(Misconfigured, match=f"^{name}: "):
        build(BY_SMTP | changes)


def test_an_smtp_password_is_not_printed() -> None:
    assert "hush" not in repr(EmailSettings.from_section(BY_SMTP | {"SMTP_PASSWORD": "hush"}))


@pytest.mark.parametrize(
    ("name", "given", "taken"),
    [
        ("EMAIL_FROM", "Eule <post@bücher.example>", "Eule <post@xn--bcher-kva.example>"),
        ("EMAIL_FROM", "Bücher <post@bücher.example>", "Bücher <post@xn--bcher-kva.example>"),
        ("EMAIL_FROM", "Owl <Owl@Example.com>", "Owl <Owl@Example.com>"),
        ("EMAIL_REPLY_TO", "hilfe@bücher.example", "hilfe@xn--bcher-kva.example"),
        ("WEB_URL", "https://bücher.example:8443/owl/", "https://xn--bcher-kva.example:8443/owl"),
    ],
)
def test_an_international_domain_is_taken_as_providers_accept_it(name: str, given: str, taken: str) -> None:
    settings = EmailSettings.from_section({**WITH_RESEND, name: given})
    assert getattr(settings, name.lower()) == taken


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("EMAIL_FROM", "Owl <pöst@example.com>", "ASCII before the @"),
        ("EMAIL_REPLY_TO", "post@☃☃.example", "exists in DNS"),
        ("WEB_URL", "https://☃☃.example", "cannot be written as DNS knows it"),
    ],
)
def test_an_address_that_no_provider_accepts_is_one_clear_sentence(name: str, value: str, problem: str) -> None:
    with pytest.raises(Misconfigured, match=problem) as refused:
        EmailSettings.from_section({**WITH_RESEND, name: value})
    assert str(refused.value).startswith(f"{name}: ")
