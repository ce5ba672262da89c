"""What triggers tell producers, as typed and frozen models; text is cleaned as it comes in, so nothing odd is refused later."""

from typing import Annotated, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from owlpost.producers import wording


def _encodable(value: object) -> object:
    """A crash report can hold lone surrogates, which pydantic refuses: an event must not be lost for one."""
    return value.encode(errors="replace").decode() if isinstance(value, str) else value


Text: TypeAlias = Annotated[str, BeforeValidator(_encodable)]
#: On one line, of any length.
Line: TypeAlias = Annotated[Text, AfterValidator(wording.one_line)]
#: With line breaks, of any length.
Prose: TypeAlias = Annotated[Text, AfterValidator(wording.prose)]
#: On one line, at most as long as a title, never empty.
Name: TypeAlias = Annotated[Text, AfterValidator(wording.name)]
Count: TypeAlias = Annotated[int, Field(ge=0, lt=2**53)]


class Fact(BaseModel):
    """Something that happened, or a part of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class App(Fact):
    """The app it happened in; one of no team has nobody to tell."""

    id: UUID
    name: Name
    project_id: UUID
    team_id: UUID | None

    @property
    def data(self) -> dict[str, object]:
        """How `data` names it."""
        return {"app_id": str(self.id), "app_name": self.name, "project_id": str(self.project_id)}
