import pytest

from owlpost.domain import endpoints

#: What no client can connect to, or would connect to something else by.
NO_ORIGIN = [
    *("", "owl.example.com", "http://owl.example.com", "ftp://owl.example.com", "https://", "https:///x", "https://["),
    *("https://owl.example.com:99999", "https://owl.example.com:port", "https://owl.example.com:0", "https://[::1"),
    *("https://user:secret@owl.example.com", "https://owl@evil.example", "http://localhost@evil.example"),
    *(
        "https://owl.example.com?next=/",
        "https://owl.example.com#x",
        "https://owl example.com",
        "https://owl.example.com\n",
    ),
    *(
        "https://-owl.example.com",
        "https://owl..example.com",
        "https://owl_pages.example.com",
        "https://" + "a" * 64 + ".example",
    ),
    *(
        "https://☃☃.example",
        "https://owl.example.com\\@evil.example",
        "https://1.2.3",
        "https://1.2.3.4.5",
        "javascript:x",
    ),
]


@pytest.mark.parametrize("url", NO_ORIGIN)
def test_an_address_that_is_not_https_to_one_host_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"must be|cannot be written"):
        endpoints.origin(url)


@pytest.mark.parametrize(
    ("url", "spelled"),
    [
        ("https://owl.example.com/", "https://owl.example.com"),
        ("https://Owl.Example.com:8443/owl/", "https://owl.example.com:8443/owl"),
        (" https://owl.example.com ", "https://owl.example.com"),
        ("https://owl.example.com.", "https://owl.example.com"),
        ("https://bücher.example:8443/owl/", "https://xn--bcher-kva.example:8443/owl"),
        ("https://x/owl", "https://x/owl"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:80", "http://127.0.0.1:80"),
        ("http://[::1]:80", "http://[::1]:80"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
    ],
)
def test_an_address_has_one_spelling(url: str, spelled: str) -> None:
    assert endpoints.origin(url) == spelled


def test_a_whole_address_keeps_its_query_where_a_path_is_not_added() -> None:
    assert endpoints.address("https://host.example/keys?v=1") == "https://host.example/keys?v=1"
    with pytest.raises(ValueError, match="must be"):
        endpoints.address("https://host.example:port/keys?v=1")


@pytest.mark.parametrize(
    "host",
    [
        *(
            "",
            " ",
            "https://smtp.example.com",
            "smtp.example.com:587",
            "smtp.example.com/x",
            "smtp example.com",
            "a,b",
            "user@smtp",
        ),
        *(
            "-smtp.example.com",
            "smtp..example.com",
            "smtp_example",
            "a" * 64,
            ".".join(["abcdefgh"] * 30),
            "☃☃.example",
        ),
        *("smtp.example.com\r\nHELO x", "[::1]", "1.2.3.4.5", "999.1.1.1"),
    ],
)
def test_what_is_no_host_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match=r"must be|cannot be written"):
        endpoints.host(host)


@pytest.mark.parametrize(
    ("host", "spelled"),
    [
        ("smtp.example.com", "smtp.example.com"),
        (" SMTP.Example.com. ", "smtp.example.com"),
        ("smtp.bücher.example", "smtp.xn--bcher-kva.example"),
        ("mail", "mail"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("owlpost.cluster-c1a2b3.us-east-1.rds.amazonaws.com", "owlpost.cluster-c1a2b3.us-east-1.rds.amazonaws.com"),
    ],
)
def test_a_host_has_one_spelling(host: str, spelled: str) -> None:
    assert endpoints.host(host) == spelled


@pytest.mark.parametrize(
    ("url", "spelled"),
    [
        ("https://App.Example.com", "https://app.example.com"),
        ("https://app.example.com:443/", "https://app.example.com"),
        ("https://app.example.com:8443", "https://app.example.com:8443"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("http://localhost:80", "http://localhost"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_an_origin_of_pages_is_spelled_as_browsers_do(url: str, spelled: str) -> None:
    assert endpoints.page_origin(url) == spelled


@pytest.mark.parametrize(
    "text",
    [*NO_ORIGIN, "*", "null", "https://*.example.com", "https://app.example.com/embed", "http://app.example.com"],
)
def test_what_is_no_single_origin_of_pages_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be|cannot be written"):
        endpoints.page_origin(text)
