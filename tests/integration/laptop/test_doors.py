"""Web pages that a developer visits, against every door of the laptop: each request as a browser sends it."""

import json
import ssl
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import urlencode, urlsplit

import pytest

from infra.local.providers.server import Providers
from infra.local.runtime.engine import Engine
from infra.local.sqs.emulator import Emulator
from infra.local.sqs.program import FAUXQS
from owlpost.domain.brand import OWL_PICTURE
from tests.support.engine_stage import Notes, small_topology
from tests.support.foreign_pages import FOREIGN, NAMELESS, REBOUND, ask_by_http2

#: What was done by such requests: a path of each door, and a body.
INVOKE = "/2015-03-31/functions/owlpost-consume-owls/invocations"
DOORS: dict[str, tuple[str, object]] = {
    "api": ("/v1/auth/send-code", {"email": "ada@owlpost.example"}),
    "lambda": (INVOKE, {"Records": [{"body": "{}"}]}),
    "sqs": ("/?" + urlencode({"Action": "ListQueues", "Version": "2012-11-05"}), None),
    "fauxqs": ("/health", None),
    "mailbox": ("/faults", {"provider": "resend", "fault": "down"}),
    "resend": ("/emails", {}),
    "apns": ("/3/device/" + "ab" * 32, {"aps": {}}),
    "fcm": ("/v1/projects/owlpost/messages:send", {"message": {}}),
    "token": ("/token", {}),
}
#: These speak TLS, and one of them HTTP/1.1 as well: a browser takes HTTP/2.
BY_HTTP2 = ("apns", "fcm", "token")

Urls = dict[str, str]


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Notes:
    return Notes(tmp_path_factory.mktemp("notes") / "notes")


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory, notes: Notes) -> Iterator[Urls]:
    folder = tmp_path_factory.mktemp("engine")
    settings = {"RECORD_FILE": str(notes.path)}
    with (
        Engine(small_topology(), data_dir=folder, database={}, environment=settings) as engine,
        Emulator(folder / "fauxqs", program=FAUXQS) as fauxqs,
        Providers(folder / "providers") as providers,
    ):
        own = {"token": providers.urls["fcm"], "ca": providers.announcement()["ca"], "fauxqs": fauxqs.url}
        yield {**engine.urls, **providers.urls, **own}


def trusting(urls: Urls) -> ssl.SSLContext:
    """Return what trusts the certificate of the fakes, as a developer may have told their browser to."""
    return ssl.create_default_context(cafile=urls["ca"])


def ask(
    url: str,
    method: str,
    path: str,
    headers: dict[str, str],
    body: object = None,
    *,
    trust: ssl.SSLContext | None = None,
) -> int:
    """The status of the answer; without headers the request is that of a program."""
    where = urlsplit(url)
    if where.scheme == "https":
        connection: HTTPConnection = HTTPSConnection(where.hostname or "", where.port, timeout=20, context=trust)
    else:
        connection = HTTPConnection(where.hostname or "", where.port, timeout=20)
    try:
        connection.putrequest(method, path, skip_host=True)
        content = b"" if body is None else json.dumps(body).encode()
        usual = {"host": where.netloc, "user-agent": "test", "content-length": str(len(content))}
        for name, value in {**usual, **headers}.items():
            connection.putheader(name, value)
        connection.endheaders(content)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
@pytest.mark.parametrize("door", [door for door in DOORS if door not in BY_HTTP2])
@pytest.mark.parametrize("page", FOREIGN)
def test_no_page_of_another_site_is_answered(urls: Urls, notes: Notes, page: str, door: str, method: str) -> None:
    path, body = DOORS[door]
    assert ask(urls[door], method, path, FOREIGN[page], body) == 403
    assert notes.lines() == []


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("door", BY_HTTP2)
@pytest.mark.parametrize("page", [page for page in FOREIGN if page != NAMELESS])
def test_no_page_of_another_site_is_answered_by_http2(urls: Urls, page: str, door: str, method: str) -> None:
    assert ask_by_http2(urls[door], method, DOORS[door][0], FOREIGN[page], trusting(urls)) == 403


@pytest.mark.parametrize("page", FOREIGN)
def test_no_page_of_another_site_is_answered_over_tls_by_http1(urls: Urls, page: str) -> None:
    assert ask(urls["token"], "POST", "/token", FOREIGN[page], {}, trust=trusting(urls)) == 403


@pytest.mark.parametrize("door", BY_HTTP2)
def test_an_own_origin_over_tls_is_not_foreign(urls: Urls, door: str) -> None:
    path, origin = DOORS[door][0], urls[door]
    own = {"origin": origin, "sec-fetch-site": "same-origin"}
    unsigned = ask_by_http2(urls[door], "POST", path, {}, trusting(urls))
    assert ask_by_http2(urls[door], "POST", path, own, trusting(urls)) == unsigned
    plain = {"origin": origin.replace("https:", "http:"), "sec-fetch-site": "same-site"}
    assert ask_by_http2(urls[door], "GET", path, plain, trusting(urls)) == 403


def test_any_page_may_show_the_owl_of_a_mail_and_do_nothing_else(urls: Urls, notes: Notes) -> None:
    image = FOREIGN["image of another site"]
    assert ask(urls["api"], "GET", OWL_PICTURE, image) != 403
    for method, path in (
        ("POST", OWL_PICTURE),
        ("GET", f"{OWL_PICTURE}/../../v1/auth/me"),
        ("GET", "/assets/touch.png"),
    ):
        assert ask(urls["api"], method, path, image) == 403
    assert ask(urls["mailbox"], "GET", OWL_PICTURE, image) == 403
    assert ask(urls["api"], "GET", OWL_PICTURE, FOREIGN[REBOUND]) == 403
    assert notes.lines() == []


@pytest.mark.parametrize("door", [door for door in DOORS if door not in BY_HTTP2])
def test_a_program_of_this_machine_is_answered(urls: Urls, door: str) -> None:
    path, _ = DOORS[door]
    assert ask(urls[door], "GET", path, {}) != 403
    port = urlsplit(urls[door]).port
    assert ask(urls[door], "GET", path, {"host": f"localhost:{port}"}) != 403


@pytest.mark.parametrize("door", ["api", "mailbox"])
@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "none", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
        {"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
    ],
    ids=["typed", "own page", "link in a mail"],
)
def test_a_person_comes_to_a_page_by_its_address_by_its_own_pages_and_by_a_link(
    urls: Urls, door: str, headers: dict[str, str]
) -> None:
    assert ask(urls[door], "GET", "/", headers) == 200


@pytest.mark.parametrize("door", ["api", "mailbox"])
def test_an_own_page_may_change_something(urls: Urls, door: str) -> None:
    host = f"localhost:{urlsplit(urls[door]).port}"
    own = {"host": host, "origin": f"http://{host}", "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}
    assert ask(urls[door], "DELETE", "/faults", own) == 200


@pytest.mark.parametrize("door", ["lambda", "sqs", "fauxqs", "resend"])
def test_no_link_leads_to_a_door_without_pages(urls: Urls, door: str) -> None:
    """SQS takes a whole command in its address, so a link would enqueue."""
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert ask(urls[door], "GET", DOORS[door][0], link) == 403
