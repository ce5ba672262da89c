"""Which URLs a webhook may have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlpost.domain.errors import InvalidRequest
from owlpost.domain.webhook_urls import LONGEST_URL, checked_url, host_of

REFUSED = {
    "": "nothing",
    "hooks.example.com/x": "no scheme",
    "http://hooks.example.com/x": "not encrypted",
    "ftp://hooks.example.com/x": "another protocol",
    "https://": "no host",
    "https://localhost/x": "one label",
    "https://127.0.0.1/x": "an IP",
    "https://2130706433/x": "an IP as one number",
    "https://0x7f.0.0.1/x": "an IP with hexadecimal digits",
    "https://127.1/x": "a short IP",
    "https://[::1]/x": "an IPv6 address",
    "https://[::ffff:127.0.0.1]/x": "IPv4 in IPv6",
    "https://hooks.example.com:8443/x": "another port",
    "https://hooks.example.com:0/x": "no port",
    "https://hooks.example.com:99999/x": "no port at all",
    "https://user@hooks.example.com/x": "a user",
    "https://user:pass@hooks.example.com/x": "a password",
    "https://evil.example\\@hooks.example.com/x": "a backslash",
    "https://hooks.example.com/a b": "a space",
    "https://hooks.example.com/\n": "a line break",
    "https://höoks.example.com/x": "not ASCII",
    "https://-hooks.example.com/x": "no name",
    "https://hooks_.example.com/x": "no name of a host",
    "https://owl.example/x": "our own",
    "https://owl.example./x": "our own, with a dot",
    f"https://hooks.example.com/{'x' * LONGEST_URL}": "too long",
}


@pytest.mark.parametrize("url", REFUSED, ids=REFUSED.values())
def test_a_url_that_may_lead_inside_is_refused_by_its_field(url: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        checked_url(url, own={"owl.example"})
    assert refused.value.field == "url"


@pytest.mark.parametrize(
    ("url", "spelled"),
    [
        ("https://Hooks.Example.com", "https://hooks.example.com/"),
        ("HTTPS://hooks.example.com:443/a/b?c=d#e", "https://hooks.example.com/a/b?c=d"),
        ("https://xn--hoks-5qa.example.com/x", "https://xn--hoks-5qa.example.com/x"),
        ("https://hooks.example.com./x", "https://hooks.example.com/x"),
    ],
)
def test_one_url_has_one_spelling(url: str, spelled: str) -> None:
    assert checked_url(url) == spelled
    assert checked_url(spelled) == spelled


def test_what_an_operator_allows_may_be_inside_at_that_port_alone() -> None:
    assert checked_url("http://127.0.0.1:9000/x", inside={"127.0.0.1:9000"}) == "http://127.0.0.1:9000/x"
    for other in ("http://127.0.0.1:9001/x", "http://127.0.0.1/x", "http://localhost:9000/x"):
        with pytest.raises(InvalidRequest):
            checked_url(other, inside={"127.0.0.1:9000"})


@given(st.text() | st.text("htps:/.@[]\\?#%0123456789abcdefx", max_size=60).map("https://".__add__))
def test_whatever_is_typed_is_refused_or_names_a_host_of_the_internet(text: str) -> None:
    try:
        url = checked_url(text)
    except InvalidRequest:
        return
    assert url.startswith("https://")
    assert "." in host_of(url)
    assert not host_of(url).rpartition(".")[2].isdecimal()
