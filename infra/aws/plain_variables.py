"""Which variables `environment` may set: those that a function reads, and that nothing else decides."""

from collections.abc import Mapping
from difflib import get_close_matches

from infra.environment_page import SECRET, chosen_names
from owlpost.domain.channels import queued_channels, queued_with
from owlpost.domain.optional_channels import OPTIONAL_CHANNELS

#: What an installation on AWS cannot set in `environment`, and why.
NOT_HERE: Mapping[str, str] = {
    **{
        name: "it is a secret, and belongs into one: see *First deployment* in docs/deploy.md"
        for name in SECRET
        if name
    },
    "DELIVERY_OTHER_WORKERS": "it follows from the topology",
    "METRICS_BY_TYPE": "set `metrics_by_type`, which draws the graphs as well",
    "EMBED_ORIGINS": "set `embed_origins`",
    "WEB_URL": "set `domain` or `web_url`, by which the API is set up too",
    "RETENTION_READ_DAYS": "set `retention`",
    "RETENTION_UNREAD_DAYS": "set `retention`",
    "RETENTION_DELETED_DAYS": "set `retention`",
    "RETENTION_RECEIPT_DAYS": "set `retention`",
}
#: The channels whose settings are known one by one; of others any variable with their prefixes passes.
DESCRIBED = frozenset({"email", "mobile_push", *OPTIONAL_CHANNELS})


def may_be_set() -> frozenset[str]:
    """Return the names that `environment` takes."""
    return chosen_names() - NOT_HERE.keys()


def check(environment: Mapping[str, str]) -> None:
    """Raise ValueError for a variable that no function would read, or that is set in another way."""
    check_channels(environment)
    others = tuple(each for channel in queued_channels() if channel.key not in DESCRIBED for each in channel.settings)
    for name in environment:
        if reason := NOT_HERE.get(name):
            raise ValueError(f"environment: {name}: {reason}")
        if name not in may_be_set() and not (others and name.startswith(others)):
            near = get_close_matches(name, may_be_set(), 1)
            hint = f"; did you mean {near[0]}?" if near else "; docs/environment.md has them all"
            raise ValueError(f"environment: {name}: no function reads it{hint}")


def listed_channels(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the optional channels that it switches on."""
    return tuple(each.strip() for each in environment.get("CHANNELS", "").split(",") if each.strip())


def check_channels(environment: Mapping[str, str]) -> None:
    """Raise ValueError for a channel that there is not, and for a setting of one that is not switched on."""
    on = queued_with(listed_channels(environment))
    read = tuple(each for channel in on for each in channel.settings)
    for channel in OPTIONAL_CHANNELS.values():
        own = tuple(each for each in channel.settings if each not in NOT_HERE)
        for name in environment:
            if channel not in on and name.startswith(own) and not name.startswith(read):
                raise ValueError(f"environment: {name}: no function reads it, as CHANNELS does not name {channel.key}")
