"""What CloudFormation keeps of a stack, and the names that were fixed for it, by CloudFormation's own schemas."""

from collections.abc import Iterator
from typing import Any

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from tests.infra.conftest import Template

REGION = "eu-west-1"
#: Named like an identifier, but of something inside the resource, which goes with it.
INSIDE = {"DatabaseName"}


def kept(template: Template) -> dict[str, Any]:
    """What outlives its stack: by its policy, or as it is protected, which a rollback meets as well."""
    return {
        id_: each
        for id_, each in template.resources.items()
        if each.get("DeletionPolicy", "Delete") != "Delete" or each.get("Properties", {}).get("DeletionProtection")
    }


def fixed_names(template: Template) -> Iterator[str]:
    """Yield `logical id: property` for what a second one of the same kind could not have."""
    for id_, resource in kept(template).items():
        for name, value in resource.get("Properties", {}).items():
            if name in identifiers(resource["Type"]) and is_fixed(value):
                yield f"{id_}: {name}"


def identifiers(kind: str) -> set[str]:
    """The properties by which a kind of resource is told from its like: its identifier, or a name that cannot change."""
    if kind.startswith("Custom::"):
        return set()
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema
    listed = [*schema.get("primaryIdentifier", ()), *(schema.get("createOnlyProperties") or ())]
    names = {path.removeprefix("/properties/") for path in listed}
    return {name for name in names if name.endswith(("Name", "Identifier", "Id"))} - INSIDE


def is_fixed(value: Any) -> bool:
    """Whether it is the same at each deployment: a text, or one put together of texts and of what AWS itself knows."""
    match value:
        case {"Ref": str(name)}:
            return name.startswith("AWS::")
        case {"Fn::Join": [_, list(parts)]}:
            return all(map(is_fixed, parts))
        case {"Fn::Sub": _}:
            return True
        case dict():
            return False
    return True
