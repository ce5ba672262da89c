"""What all commands of an operator are: checked whole, never changed, and kept in the audit trail if they change something."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from owlpost.domain.security import OPERATOR_ACTS
from owlpost.domain.text import one_line

#: Rows in one answer. Lambda carries 6 MB.
MOST_LISTED = 1_000


class CommandModel(BaseModel):
    """`operator` is who asks, as the command line says: IAM decides who may, and CloudTrail knows who did."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    operator: Annotated[str, StringConstraints(max_length=200), AfterValidator(one_line)] | None = None

    @property
    def act(self) -> Mapping[str, object] | None:
        """Return the act for the audit trail, without addresses; None if the command only reads."""
        asked = self.model_dump(mode="json", exclude_none=True, exclude={"operator", "address"})
        act = asked.pop("command")
        if act not in OPERATOR_ACTS or asked.pop("dry_run", False):
            return None
        counted = {name: len(value) if isinstance(value, list) else value for name, value in asked.items()}
        return {"act": act, **{name: value for name, value in counted.items() if value}}
