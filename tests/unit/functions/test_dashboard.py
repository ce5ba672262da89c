"""The dashboard's files agree with each other, and the topology leads to them."""

import re

import pytest

from functions.dashboard.assets import IMPORTED, TYPES, assets
from functions.dashboard.main import EMBEDDABLE
from functions.dashboard.pages import INVITATION, LOGIN, NOT_HERE, PAGES, STYLES
from infra.topology.model import Route
from infra.topology.plan import topology

ASSETS = assets()
MODULES = [name for name in ASSETS.files if name.endswith(".js")]


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_only_files_that_are_there(name: str) -> None:
    mentioned = set(re.findall(r'"\./([\w.-]+)"', ASSETS.files[name]))
    assert mentioned == set(IMPORTED.findall(ASSETS.files[name]))
    assert mentioned <= set(ASSETS.files)


def test_every_file_is_used() -> None:
    entries = [f"{page.component}.js" for page in (*PAGES.values(), LOGIN, NOT_HERE, INVITATION) if page.component]
    entries += ["owlpost-user-menu.js", *EMBEDDABLE]
    used = {*entries, *ASSETS.imports_of(entries), *STYLES, "inbox.css", "owl.svg", "sw.js"}
    assert used == set(ASSETS.files)


@pytest.mark.parametrize("name", MODULES)
def test_no_module_makes_markup_of_text(name: str) -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", ASSETS.files[name])


def test_every_kind_of_file_has_a_content_type() -> None:
    assert {name[name.rindex(".") :] for name in ASSETS.files} <= set(TYPES)


@pytest.mark.parametrize(
    ("path", "function"),
    [
        ("/", "dashboard"),
        ("/dashboard", "dashboard"),
        ("/dashboard/profile/notifications", "dashboard"),
        ("/assets/abc/owl.svg", "dashboard"),
        ("/invite/accept", "dashboard"),
        ("/dashboards", "api"),
        ("/v1/notifications", "api"),
        ("/v1/invites/token", "api"),
    ],
)
def test_a_path_leads_to_its_function(path: str, function: str) -> None:
    assert next((route.function for route in topology().routes if route.matches(path)), "api") == function


def test_a_greedy_route_wants_something_behind_its_prefix() -> None:
    route = Route("/dashboard/{proxy+}", "dashboard")
    assert route.matches("/dashboard/x")
    assert not route.matches("/dashboard/")


def test_every_route_goes_to_a_function_that_exists() -> None:
    for route in topology().routes:
        assert topology().function(route.function).name == route.function
