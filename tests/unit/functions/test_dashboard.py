"""The dashboard's files agree with each other, and the topology leads to them."""

import re
from functools import partial

import pytest

from functions.dashboard.assets import EMBEDDABLE, TYPES, Files, assets, sources
from functions.dashboard.bundles import STYLES, TEXTS, USER_MENU, CircularImport, bundled
from functions.dashboard.pages import INVITATION, LOGIN, NOT_HERE, PAGES
from infra.topology.model import Route
from infra.topology.plan import topology

ASSETS = assets()
SOURCES = sources()
MODULES = [name for name in SOURCES if name.endswith(".js")]
IMPORTED = re.compile(r'^import \{[^}]*\} from "\./([\w.-]+)";$', re.MULTILINE)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_only_files_that_are_there(name: str) -> None:
    mentioned = set(re.findall(r'"\./([\w.-]+)"', SOURCES[name]))
    assert mentioned == set(IMPORTED.findall(SOURCES[name]))
    assert mentioned <= {*SOURCES, TEXTS}


def test_every_file_is_used() -> None:
    pages = (*PAGES.values(), LOGIN, NOT_HERE, INVITATION)
    found = [*(f"{page.component}.js" for page in pages if page.component), USER_MENU, *EMBEDDABLE]
    for module in found:  # grows while it is walked
        found += [name for name in IMPORTED.findall(ASSETS.files[module]) if name not in found]
    styles = {part for parts in STYLES.values() for part in parts}
    assert {*found, *styles, "mark.svg", "sw.js"} - {TEXTS} == set(SOURCES)


@pytest.mark.parametrize(
    "name", [name for name in ASSETS.files if name not in {*SOURCES, TEXTS} and name.endswith(".js")]
)
def test_a_bundle_has_each_module_once_after_its_imports_and_imports_nothing(name: str) -> None:
    text = ASSETS.files[name]
    assert not re.search(r"^(import|export)\b", text, re.MULTILINE)
    made = re.findall(r"^const (\$\w+) = \(\(\) => \{$", text, re.MULTILINE)
    assert len(made) == len(set(made))
    for user in re.finditer(r"^const \{[^}]*\} = (\$\w+);$", text, re.MULTILINE):
        assert text.index(f"const {user[1]} = (() =>") < user.start()


def test_a_bundle_is_made_when_it_is_asked_for_and_all_are_named_before() -> None:
    made: list[str] = []

    def make(name: str) -> str:
        made.append(name)
        return name

    files = Files({"plain.js": "plain"}, {name: partial(make, name) for name in ("one", "two")})
    assert ([*files], len(files), made) == (["plain.js", "one", "two"], 3, [])
    assert (files["two"], files["two"], files["plain.js"]) == ("two", "two", "plain")
    assert (made, [*files], "one" in files) == (["two"], ["plain.js", "two", "one"], True)


def test_modules_that_import_each_other_are_refused() -> None:
    circle = {"owlpost-a.js": 'import { b } from "./b.js";\n', "b.js": 'import { a } from "./owlpost-a.js";\n'}
    with pytest.raises(CircularImport, match=r"owlpost-a\.js → b\.js → owlpost-a\.js"):
        bundled(circle, [], {"en": {}})["owlpost-a.page.en.js"]()


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
        ("/assets/abc/mark.svg", "dashboard"),
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
