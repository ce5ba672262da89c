"""The permissions of a function's role, read from the template."""

from typing import Any

from tests.infra.conftest import Template


def statements(app: Template, function: dict[str, Any]) -> list[dict[str, Any]]:
    (role,) = function["Role"]["Fn::GetAtt"][:1]
    return of_role(app, role)


def of_role(app: Template, role: str) -> list[dict[str, Any]]:
    """Return what the policies say of the role with this logical id."""
    return [
        statement
        for policy in app.of_type("AWS::IAM::Policy").values()
        if {"Ref": role} in policy["Roles"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def actions(statement: dict[str, Any]) -> list[str]:
    said = statement["Action"]
    return [said] if isinstance(said, str) else said


def resources(statement: dict[str, Any]) -> list[Any]:
    said = statement["Resource"]
    return said if isinstance(said, list) else [said]
