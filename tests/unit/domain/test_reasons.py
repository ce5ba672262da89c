"""Every code that Owlpost writes on a delivery is explained as our own; a provider's code as the provider's."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import owlpost
from owlpost.channels.mobile_push import apns_reasons, fcm_reasons
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.chat_reasons import ChatReason
from owlpost.domain.explanations import Explanation, explain
from owlpost.domain.provider_reasons import ProviderReason
from owlpost.domain.reasons import Reason
from owlpost.services.operator.decision import SWITCHED_ON

PACKAGE = Path(owlpost.__file__).parent
MODULES = sorted((*PACKAGE.glob("channels/**/*.py"), *PACKAGE.glob("services/**/*.py"), *PACKAGE.glob("db/**/*.py")))
#: Calls whose first argument is the code that ends up on a delivery.
WRITERS = {"Failed", "Skipped", "PermanentFault", "TransientFault", "TokenRefused", "fail"}
#: Values of `case … then` in SQL that are no reasons: states of a delivery and of a redrive.
STATES = {"pending", "sent", "failed", "skipped", "redriven"}
#: What lets a delivery go, which ends nothing.
LETS_GO = set(SWITCHED_ON)
#: A channel need not have words of its own for its absence: the registry has them.
ENDS_WITHOUT_CREDENTIAL = {each.otherwise for channel in NOTIFICATION_CHANNELS.values() for each in channel.credentials}
CODES_IN_SQL = re.compile(r"then '([a-z_]+)'")


def literals(node: ast.expr) -> Iterator[str]:
    """The texts that an expression such as `name or "code"` may come to."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from literals(value)
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)


def written_codes(path: Path) -> Iterator[str]:
    source = path.read_text()
    yield from set(CODES_IN_SQL.findall(source)) - STATES - LETS_GO
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in WRITERS:
                yield from filter(None, literals(node.args[0]))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_code_that_is_written_anywhere_is_a_member(path: Path) -> None:
    assert set(written_codes(path)) <= {*Reason, *ProviderReason, *ChatReason, *ENDS_WITHOUT_CREDENTIAL}


def test_the_scan_sees_codes_in_calls_and_in_sql() -> None:
    source = 'Failed("a")\nRetry(TransientFault(name or "b"))\nSQL = "case when x then \'c\' end"'
    found = {
        code
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and node.args
        for code in literals(node.args[0])
    }
    assert found | set(CODES_IN_SQL.findall(source)) == {"a", "b", "c"}


@pytest.mark.parametrize("code", ["fcm_token_refused", "unknown_platform", "render_error"])
def test_our_own_code_is_not_called_the_providers(code: str) -> None:
    explained = explain(code)
    assert isinstance(explained, Reason)
    assert "the provider answered" not in explained.meaning


def test_a_refused_key_of_resend_is_explained_as_our_key() -> None:
    assert "RESEND_API_KEY" in explain("invalid_api_key").remedy


def test_a_code_that_no_table_lists_is_called_the_providers() -> None:
    assert explain("SomethingNew") == Explanation(
        "the provider answered SomethingNew", "Look the code up in the provider's documentation."
    )


def test_no_code_is_both_ours_and_a_providers() -> None:
    assert len({*Reason, *ProviderReason, *ChatReason}) == len([*Reason, *ProviderReason, *ChatReason])


def test_every_code_of_the_push_providers_tables_is_explained() -> None:
    listed = {*apns_reasons.REASONS, *fcm_reasons.REASONS}
    assert listed <= {*Reason, *ProviderReason, *ChatReason}


def test_every_end_for_a_missing_credential_is_explained_as_our_own() -> None:
    assert ENDS_WITHOUT_CREDENTIAL
    assert not [code for code in ENDS_WITHOUT_CREDENTIAL if explain(code).meaning == f"the provider answered {code}"]


@pytest.mark.parametrize("code", [*Reason, *ProviderReason, *ChatReason])
def test_each_code_has_a_meaning_and_a_remedy(code: Reason | ProviderReason | ChatReason) -> None:
    assert explain(code) is code
    assert code.meaning
    assert code.remedy
