"""The contract with producers for machines: JSON Schema (2020-12) of what they send and of what they get.

`owlpost schema` prints it, `clients/owlpost.schema.json` keeps it, and other languages make their types of it. It says no more
than the models do. What no schema can say is in its description.
"""

from typing import Any, Literal

from pydantic import BaseModel, Field
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from owlpost.domain import json_values
from owlpost.domain.recalls import RecallResult
from owlpost.domain.requests import MAX_DATA_BYTES, Cancellation, EnqueueRequest, EnqueueResult
from owlpost.domain.types import configurable_types
from owlpost.producers import happenings
from owlpost.producers.happenings import HAPPENINGS, FactResult, Happened

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REFERENCE = "#/$defs/{model}"
_DESCRIPTION = (
    "What producers send to Owlpost and get from it. Beyond what is said here, a whole request is nested at most "
    f"{json_values.MAX_DEPTH} deep, has at most {json_values.MAX_MEMBERS} members, no key of more than "
    f"{json_values.MAX_KEY_LENGTH} characters, and at most {MAX_DATA_BYTES} bytes of JSON in `data`; a title is not blank, "
    "and no text holds NUL or a lone surrogate, but for the texts of facts, which are cleaned."
)


class EnqueueError(BaseModel):
    """What Lambda answers, with the header `X-Amz-Function-Error`, in place of a result.

    `InvalidRequest` and `IdempotencyConflict` would be refused again, and `errorMessage` begins with the field's name. Any
    other type is worth another try with the same key.
    """

    errorType: Literal["InvalidRequest", "IdempotencyConflict"] | str = Field(description="the kind of error")  # noqa: N815 (Lambda's name)
    errorMessage: str = Field(description="the field, and what is wrong with it")  # noqa: N815 (Lambda's name)


class _Untitled(GenerateJsonSchema):
    """Leave out a title for each member: it would repeat the member's name, and become a type of its own elsewhere."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema
        return False


def schema() -> dict[str, Any]:
    """Return the whole contract as one JSON Schema: an instance is what a producer may send, answers are in `$defs`."""
    facts = {name: happenings.model(name) for name in HAPPENINGS}
    data = {kind.key: kind.data for kind in configurable_types() if kind.data}
    sent: list[type[BaseModel]] = [EnqueueRequest, Cancellation, Happened, *facts.values(), *data.values()]
    _, found = models_json_schema(
        [
            *((model, "validation") for model in sent),
            *((model, "serialization") for model in (EnqueueResult, FactResult, RecallResult, EnqueueError)),
        ],
        ref_template=_REFERENCE,
        schema_generator=_Untitled,
    )
    models = found["$defs"]
    for result in (EnqueueResult, FactResult, RecallResult):
        models[result.__name__] = _as_answered(models[result.__name__])
    models["EnqueueRequest"] = _with_data_by_type(models["EnqueueRequest"], data)
    happened = models.pop("Happened")
    named = {_variant(model): _happened(happened, name, model) for name, model in facts.items()}
    return {
        "$schema": DIALECT,
        "title": "OwlpostMessage",
        "description": _DESCRIPTION,
        "anyOf": [_reference("EnqueueRequest"), _reference("Cancellation"), *map(_reference, named)],
        "$defs": dict(sorted({**models, **named}.items())),
    }


def _variant(model: type[BaseModel]) -> str:
    return f"{model.__name__}Happened"


def _reference(name: str) -> dict[str, str]:
    return {"$ref": _REFERENCE.format(model=name)}


def _happened(envelope: dict[str, Any], name: str, model: type[BaseModel]) -> dict[str, Any]:
    """Return the envelope of one happening: its name alone, and its own fact."""
    members = {
        **envelope["properties"],
        "happened": {"const": name, "type": "string"},
        "fact": _reference(model.__name__),
    }
    return {**envelope, "title": _variant(model), "description": (model.__doc__ or "").strip(), "properties": members}


def _as_answered(result: dict[str, Any]) -> dict[str, Any]:
    """Return the result as it is on the wire: what would be null is left out, and all else is there."""
    left_out = {name for name, member in result["properties"].items() if member.get("default", ...) is None}
    members = {
        name: member["anyOf"][0]
        if name in left_out
        else {key: said for key, said in member.items() if key != "default"}
        for name, member in result["properties"].items()
    }
    return {**result, "properties": members, "required": [name for name in members if name not in left_out]}


def _with_data_by_type(request: dict[str, Any], data: dict[str, type[BaseModel]]) -> dict[str, Any]:
    """Add the members that `data` has to hold for some types: one condition within the other, as a schema has one `if`."""
    rules: dict[str, Any] = {}
    for kind, model in data.items():
        rules = {
            "if": {"properties": {"type": {"const": kind}}},
            "then": {"properties": {"data": {"anyOf": [_reference(model.__name__), {"type": "null"}]}}},
            **({"else": rules} if rules else {}),
        }
    return {**request, **rules}
