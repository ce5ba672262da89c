import pytest

from owlpost.domain.links import is_followable, is_own_path


@pytest.mark.parametrize(
    "link", ["/", "/dashboard/issues", "/a/../b", "/a//b", "/a?next=//b", "/a#//b", "/%C3%A4", "/dashboard/.."]
)
def test_a_path_of_ours_is_ours(link: str) -> None:
    assert is_own_path(link)
    assert is_followable(link)


@pytest.mark.parametrize(
    "link",
    [
        "//evil.example",
        "/.//evil.example",
        "/x/..//evil.example",
        "/%2e//evil.example",
        "/x/%2E%2e//evil.example",
        "/\\evil.example",
        "/%5cevil.example",
        "/ /evil.example",
        "/\t/evil.example",
        "/\u202e/evil.example",
        "javascript:alert(1)",
        "http://evil.example",
        "https://",
        "https:///x",
        "https://[",
        "",
    ],
)
def test_what_becomes_another_site_is_not_ours_and_not_followed(link: str) -> None:
    assert not is_own_path(link)
    assert not is_followable(link)


def test_an_https_address_is_followed_and_is_not_ours() -> None:
    assert is_followable("https://apps.example/x")
    assert not is_own_path("https://apps.example/x")
