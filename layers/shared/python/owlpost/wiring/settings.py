"""The settings of a sandbox, and the parts that follow a secret when it rotates."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from owlpost.domain.channels import switch_on
from owlpost.sandbox import current, once
from owlpost.secret_store import SecretStore
from owlpost.settings import Settings

Arguments = ParamSpec("Arguments")
Part = TypeVar("Part")


@once
def secret_store() -> SecretStore | None:
    """Return None where the environment names no secrets: the laptop's secrets are environment variables."""
    names = Settings.from_environment().secret_names
    return SecretStore.connect(names) if names else None


@once
def embedding_origins() -> frozenset[str]:
    """Return the origins of other pages that may ask with a token. No secret is read for it: most are preflights."""
    return frozenset(Settings.from_environment().embed.origins)


def rebuilt_on_rotation(build: Callable[Arguments, Part]) -> Callable[Arguments, Part]:
    """Mark a builder: its part is kept as `once` keeps it, and built again after a secret has changed."""

    @wraps(build)
    def built(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Part:
        store = secret_store()
        return current().part(build, store.generation if store else 0, *args, **kwargs)

    return built


@rebuilt_on_rotation
def settings() -> Settings:
    """Return the settings. The optional channels that they name are in the registry from now on."""
    store = secret_store()
    found = Settings.from_environment(secrets=store.values if store else {})
    switch_on(found.installation.channels)
    return found
