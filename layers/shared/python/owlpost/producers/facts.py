"""Facts that triggers hand to producers, as frozen models. Text is cleaned on input, so no request is refused for it later."""

from typing import Annotated, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from owlpost.producers import wording


def _encodable(value: object) -> object:
    """Replace lone surrogates, which pydantic refuses: a crash report may hold some, and the event must not be lost."""
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
    """The base of every fact and its parts."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class App(Fact):
    """The app of a fact. Without a team, nobody is notified."""

    id: UUID
    name: Name
    project_id: UUID
    team_id: UUID | None

    @property
    def data(self) -> dict[str, object]:
        """Return the app's entries in `data`."""
        return {"app_id": str(self.id), "app_name": self.name, "project_id": str(self.project_id)}
