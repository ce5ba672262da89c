"""docs/environment.md names every variable: its tables are as made, and its part by hand names what the code reads."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.environment_page import PAGE, SECRET, page
from infra.local.runtime.sandbox import INHERITED
from owlpost.channels.mobile_push import settings as push_settings
from owlpost.settings_sections import SECTIONS

REPOSITORY = Path(__file__).parents[3]
TEXT = PAGE.read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([A-Z][A-Z_]{2,})`", TEXT))
#: Lambda gives its own to each function; botocore reads it.
OF_LAMBDA = {"_X_AMZN_TRACE_ID"}


def read_by(source: str) -> Iterator[str]:
    """The names of the variables that a module asks `os.environ` for."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Subscript(value=ast.Attribute(attr="environ"), slice=ast.Constant(value=str(name))):
                yield name
            case ast.Call(
                func=ast.Attribute(value=ast.Attribute(attr="environ"), attr="get" | "setdefault" | "pop"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield name


def test_its_tables_are_what_make_pages_makes() -> None:
    assert page(TEXT) == TEXT, "run `make pages`"


def test_it_names_every_variable_that_the_code_around_the_functions_reads() -> None:
    modules = [path for folder in ("infra", "tests", "functions") for path in (REPOSITORY / folder).rglob("*.py")]
    read = {name for path in modules for name in read_by(path.read_text(encoding="utf-8"))}
    assert {"CDK_OUTDIR", "CHROMIUM", "SECONDS", "JSII_NODE"} <= read
    assert read - OF_LAMBDA - NAMED == set()
    assert set(INHERITED) <= NAMED


def test_it_names_every_variable_of_the_makefile_and_no_other() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    asked = set(re.findall(r"^([A-Z_]+) \?=", makefile, re.MULTILINE)) | set(re.findall(r"\$\((?:if \$\()?([A-Z_]+)\b", makefile))
    own = set(re.findall(r"^([A-Z_]+) :=", makefile, re.MULTILINE)) | {"MAKEFILE_LIST"}
    by_hand = {
        name
        for row in re.findall(r"^\| .*\bMakefile\b.*\|$", TEXT, re.MULTILINE)
        for name in re.findall(r"`([A-Z_]+)`", row.split("|")[1])
    }
    assert by_hand - {"UV_SYSTEM_CERTS"} == asked - own


def test_the_push_channel_reads_the_variables_that_it_describes_and_no_others() -> None:
    folder = Path(push_settings.__file__).parent
    constants = {
        node.value
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    read = {value for value in constants if re.fullmatch(r"(APNS|FCM)_[A-Z0-9_]+", value)}
    assert read == push_settings.VARIABLES.keys()


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.__name__)
def test_what_is_hidden_when_settings_are_printed_is_called_a_secret(section: type) -> None:
    fields = {f"{section.prefix}{name.upper()}": field for name, field in section.model_fields.items()}  # type: ignore[attr-defined]
    assert all(field.description for field in fields.values())
    hidden = {name for name, field in fields.items() if not field.repr or "Secret" in str(field.annotation)}
    assert hidden == fields.keys() & SECRET
