from typing import Annotated, Literal

import pytest
from pydantic import AfterValidator, BaseModel, Field, TypeAdapter, ValidationError

from owlpost.domain.invalid import Fault, first_fault, invalid_request


def _short(text: str) -> str:
    if len(text) > 3:
        raise ValueError("must be short")
    return text


class Owl(BaseModel):
    kind: Literal["owl"]
    names: tuple[Annotated[str, AfterValidator(_short)], ...] = ()


class Bee(BaseModel):
    kind: Literal["bee"]


class Hive(BaseModel):
    home: Annotated[Owl | Bee, Field(discriminator="kind")]


def failure(model: type[BaseModel], value: object) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(value)
    return caught.value


def test_the_path_leads_to_the_member_at_fault() -> None:
    assert first_fault(failure(Owl, {"kind": "owl", "names": ["Uhu", "Kauz"]})) == Fault("names.1", "must be short")


def test_the_tag_of_a_union_is_no_part_of_the_path() -> None:
    error = failure(Hive, {"home": {"kind": "owl", "names": ["Kauz"]}})
    assert first_fault(error, tagged="home") == Fault("home.names.0", "must be short")


def test_the_tag_of_a_union_that_is_the_whole_is_no_part_of_the_path() -> None:
    union: TypeAdapter[Owl | Bee] = TypeAdapter(Annotated[Owl | Bee, Field(discriminator="kind")])
    with pytest.raises(ValidationError) as caught:
        union.validate_python({"kind": "owl", "names": ["Kauz"]})
    assert first_fault(caught.value, tagged="").field == "names.0"
    with pytest.raises(ValidationError) as caught:
        union.validate_python({"kind": "cat"})
    assert invalid_request(caught.value, whole="animal", tagged="").field == "animal"


def test_a_problem_reads_on_after_the_field() -> None:
    assert str(invalid_request(failure(Owl, {}))) == "kind: field required"
