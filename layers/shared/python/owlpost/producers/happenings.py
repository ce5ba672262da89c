"""What can happen, by the name that it has on the wire: `{"happened": "ratings_synced", "fact": {…}, "producer": …}`.

The module of a producer is imported when the first of its facts comes: most invocations of enqueue bring requests.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from owlpost.domain import json_values
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.invalid import first_fault, invalid_request
from owlpost.domain.requests import EnqueueRequest, EnqueueResult, ProducerName
from owlpost.domain.suggestions import did_you_mean
from owlpost.domain.value import dataclass
from owlpost.producers.member_role import MemberRoleChanged
from owlpost.producers.silence import Silence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: Facts whose producer writes requests, by name: the module and the model.
_TOLD = {
    "issue_scan_finished": ("issue_scan", "IssueScanFinished"),
    "digest_due": ("issue_digest", "DigestDue"),
    "feedback_submitted": ("feedback", "FeedbackSubmitted"),
    "response_saved": ("questionnaire", "ResponseSaved"),
    "job_finished": ("job_run", "JobFinished"),
    "ratings_synced": ("ratings_sync", "RatingsSynced"),
    "reviews_synced": ("reviews_sync", "ReviewsSynced"),
}
#: The facts that are mailed directly and never become a notification: to the operator, and to the member.
SYSTEM_JOB_ENDED = "system_job_ended"
_PLACES = {
    **_TOLD,
    SYSTEM_JOB_ENDED: ("system_job", "SystemJobEnded"),
    "member_role_changed": ("member_role", "MemberRoleChanged"),
}

#: After these the hourly digest looks at the issues: the producer has committed what it tells of.
ISSUES_CHANGED = frozenset({"issue_scan_finished"})

HAPPENINGS: tuple[str, ...] = tuple(_PLACES)


def _check_known(happened: str) -> str:
    if happened not in _PLACES:
        raise ValueError(f"is not a known happening{did_you_mean(happened, HAPPENINGS)}")
    return happened


class Happened(BaseModel):
    """What a producer sends in place of a request: what happened, by name, and the fact that its producer puts into words."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    happened: Annotated[str, AfterValidator(_check_known)]
    fact: dict[str, Any]
    producer: ProducerName | None = None

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Return what happened, from a parsed JSON value. Raises InvalidRequest naming the field at fault.

        The fact's own members are not checked yet. Its texts may hold what Postgres cannot store: producers clean them.
        """
        json_values.check_shape(value, "")
        try:
            return cls.model_validate(value)
        except ValidationError as error:
            raise invalid_request(error) from None


class FactResult(BaseModel):
    """The answer to a fact: one result for each request that came of it, or why nobody is told.

    `alerted` is true for a system job's end that the operator is mailed about.
    """

    model_config = ConfigDict(defer_build=True)

    happened: str
    requests: tuple[EnqueueResult, ...] = ()
    silent: str | None = None
    alerted: bool = False


@dataclass(frozen=True, slots=True)
class Announcement:
    """What comes of a fact: requests, an alert to the operator, a mail about a changed role, or silence."""

    requests: tuple[EnqueueRequest, ...] = ()
    needs_alert: bool = False
    role_change: MemberRoleChanged | None = None
    silence: Silence | None = None


def model(happened: str) -> type[BaseModel]:
    """Return the model of a known happening's fact."""
    module, name = _PLACES[happened]
    fact: type[BaseModel] = getattr(_producer(module), name)
    return fact


def announce(happened: Happened) -> Announcement:
    """Let the producer put the fact into words. Raises InvalidRequest naming the member of `fact` that is at fault."""
    fact = _fact(happened)
    module, _ = _PLACES[happened.happened]
    producer: Callable[[BaseModel], Any] = _producer(module).announce
    announced = producer(fact)
    if isinstance(announced, Silence):
        return Announcement(silence=announced)
    if happened.happened == SYSTEM_JOB_ENDED:
        return Announcement(needs_alert=True)
    if isinstance(announced, MemberRoleChanged):
        return Announcement(role_change=announced)
    requests: Sequence[EnqueueRequest] = announced if isinstance(announced, list) else [announced]
    if not requests:
        return Announcement(silence=Silence("nothing in it concerns a team"))
    return Announcement(tuple(_of_producer(request, happened.producer) for request in requests))


def _producer(module: str) -> Any:
    return import_module(f"owlpost.producers.{module}")


def _fact(happened: Happened) -> BaseModel:
    try:
        return model(happened.happened).model_validate(happened.fact)
    except ValidationError as error:
        field, problem = first_fault(error, tagged="answers.*")
        raise InvalidRequest(f"fact.{field}" if field else "fact", problem) from None


def _of_producer(request: EnqueueRequest, producer: str | None) -> EnqueueRequest:
    return request.model_copy(update={"producer": producer}) if producer else request
